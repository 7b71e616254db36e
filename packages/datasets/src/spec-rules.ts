import { flag, inInterval, matching, number, oneOf, optional, text, withDefault } from '@m3ae/errors/rules';
import { defaultMaxPixels } from './picture-files.js';

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

/** What the columns or keys of a file are called; what is left out is found by its name. */
export interface ColumnKeys {
  /** Column or key that names the picture. Default: `image`, `filepath`, `file_name`, `path`, `url` and the like. */
  readonly imageKey?: string;
  /** Column or key of the caption. Default: `caption`, `text`, `title`, `description`, `alt`, `sentence` and the like. */
  readonly captionKey?: string;
  /** Column or key of the class; `'none'` to read none. Default: `label`, `class` or `category`. */
  readonly labelKey?: string;
  /**
   * Column or key of the group: examples of one group, as pictures of one thing, fall into one part when some are kept apart.
   * Default: none.
   */
  readonly groupKey?: string;
  /** What stands between two columns of a CSV file. Default: the comma, semicolon, tab or bar that fits. */
  readonly separator?: string;
}

/** The options of {@link ColumnKeys}, but for the separator. */
export const keyFields = ['imageKey', 'captionKey', 'labelKey', 'groupKey'] as const;

const key = optional(text('Leave it out to find the column by its name.', 'the name of a column'));

/** The rules of {@link ColumnKeys}, but for the separator. */
export const keyRules = { imageKey: key, captionKey: key, labelKey: key, groupKey: key } as const;

/** The rule of {@link ColumnKeys.separator}. */
export const separatorRule = optional(
  matching<string>(
    'one character',
    (value) => typeof value === 'string' && value.length === 1,
    'Write a tab as "\\t", or leave it out.',
    ',',
  ),
);
