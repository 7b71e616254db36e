import { flag, inInterval, matching, number, oneOf, text, withDefault } from '@m3ae/errors/rules';
import { defaultMaxPixels } from './decode.js';

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** The kind of a spec, which was told already. */
export const kindRule = <Kind extends string>(kind: Kind) => oneOf([kind], `Write "${kind}".`);

/** Paths or addresses of files: one, or a list. */
export const filesRule = (remedy: string) =>
  matching<string | readonly string[]>(
    'a path, or a list of them',
    (files) => [files].flat().length > 0 && [files].flat().every(isText),
    remedy,
    'missing',
  );

/** A folder that may be left out. */
export const cacheFolderRule = (usual: string) =>
  withDefault(text(`Leave it out for ${usual}.`, 'a folder path'), usual);

/** The pixels beyond which no picture is decoded; a gigapixel is 3 GB once decoded. */
export const maxPixelsRule = withDefault(
  number({ above: 0, limit: 1e9 }, 'Write 50 megapixels as 50e6.'),
  defaultMaxPixels,
);

/** A share of the examples that is kept apart. */
export const validationShareRule = withDefault(inInterval('[0, 1)', 'Write one tenth as 0.1.'), 0.1);

/** Something that is off by default. */
export const offRule = withDefault(flag('Leave it out for false.'), false);
