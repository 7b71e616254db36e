import {
  flag,
  inInterval,
  matching,
  number,
  oneOf,
  text,
  withDefault,
  integer,
  optional,
} from '@m3ae/errors/rules';
import { defaultMaxPixels } from './picture-files.js';
import { isRemote } from './bytes/file.js';
import { type ColumnKeys, keyRules } from './folder/columns.js';

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

/** Options of files that hold many pictures each: archives and Parquet files. */
export interface ShardOptions extends Omit<ColumnKeys, 'separator'> {
  /**
   * `'exact'` draws each example out of all. `'window'` reads archive by archive (or row group by row group), in an order that is
   * drawn, some side by side, and shuffles within a window, so that files on servers are read once an epoch from end to end.
   * Default `'window'` for files on servers, else `'exact'`.
   */
  readonly shuffle?: 'exact' | 'window';
  /** Examples that `'window'` shuffles among; the files of at most twice as many are held in memory. Default 1024. */
  readonly window?: number;
  /** Share of the files whose server may not answer; they are left out and counted. Default 0.01. */
  readonly maxBadShare?: number;
  /** Pictures with more pixels are refused when decoded. Default 50 million. */
  readonly maxPixels?: number;
}

/** {@link ShardOptions} with every option filled in; columns that are not named stay to be found. */
export type ResolvedShardOptions = Required<Pick<ShardOptions, 'shuffle' | 'window' | 'maxPixels'>> &
  Omit<ShardOptions, 'shuffle' | 'window' | 'maxPixels'>;

/** The rules of {@link ShardOptions}. */
export const shardRules = {
  shuffle: optional(oneOf(['exact', 'window'], 'Leave it out to let the place decide.')),
  window: withDefault(integer({ min: 1 }, 'Write how many examples to shuffle among.'), 1024),
  maxPixels: maxPixelsRule,
  ...keyRules,
  maxBadShare: optional(inInterval('[0, 1]', 'Write one per cent as 0.01.')),
} as const;

/** The way to shuffle, where none is given. */
export const usualShuffle = (files: string | readonly string[]): 'exact' | 'window' =>
  [files].flat().some(isRemote) ? 'window' : 'exact';
