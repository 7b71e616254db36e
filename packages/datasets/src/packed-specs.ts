import {
  checkOptions,
  inInterval,
  integer,
  oneOf,
  optional,
  record,
  text,
  withDefault,
} from '@m3ae/errors/rules';
import { defaultCache } from './bytes/cache.js';
import { isRemote } from './bytes/file.js';
import {
  cacheFolderRule,
  type ColumnKeys,
  filesRule,
  keyRules,
  kindRule,
  maxPixelsRule,
} from './spec-rules.js';

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
const shardRules = {
  shuffle: optional(oneOf(['exact', 'window'], 'Leave it out to let the place decide.')),
  window: withDefault(integer({ min: 1 }, 'Write how many examples to shuffle among.'), 1024),
  maxPixels: maxPixelsRule,
  ...keyRules,
  maxBadShare: optional(inInterval('[0, 1]', 'Write one per cent as 0.01.')),
} as const;

/** The way to shuffle, where none is given. */
const usualShuffle = (files: string | readonly string[]): 'exact' | 'window' =>
  [files].flat().some(isRemote) ? 'window' : 'exact';

/** Tar archives as WebDataset and img2dataset write them: `KEY.jpg` and `KEY.txt`, `KEY.json` or `KEY.cls` next to it. */
export interface WebdatasetSpec extends ShardOptions {
  readonly kind: 'webdataset';
  /**
   * The archives, `.tar`, `.tar.gz` or `.tgz`: paths or addresses (`https://`, `s3://`), with `{000..099}`, `{a,b}`, `*` and
   * `**`.
   */
  readonly shards: string | readonly string[];
  /** Where compressed archives are unpacked to, and where the index of those on servers is kept. Default `.cache/m3ae/shards`. */
  readonly cacheFolder?: string;
}

/** A {@link WebdatasetSpec} with every option filled in. */
export type ResolvedWebdatasetSpec = Required<Pick<WebdatasetSpec, 'kind' | 'shards' | 'cacheFolder'>> &
  ResolvedShardOptions;

const shardCache = '.cache/m3ae/shards';

const webdatasetRule = record({
  kind: kindRule('webdataset'),
  shards: filesRule('Write e.g. "shards/{000..099}.tar".'),
  cacheFolder: cacheFolderRule(shardCache),
  ...shardRules,
});

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveWebdatasetSpec(spec: WebdatasetSpec): ResolvedWebdatasetSpec {
  const resolved = checkOptions(webdatasetRule, spec);
  return { ...resolved, shuffle: resolved.shuffle ?? usualShuffle(resolved.shards) };
}

/** Parquet files of the Hugging Face hub, pandas or pyarrow: pictures as bytes in a column, or named by path. */
export interface ParquetSpec extends ShardOptions {
  readonly kind: 'parquet';
  /** The files: paths or addresses (`https://`, `s3://`), with `{000..099}`, `{a,b}`, `*` and `**`. */
  readonly files: string | readonly string[];
}

/** A {@link ParquetSpec} with every option filled in. */
export type ResolvedParquetSpec = Pick<ParquetSpec, 'kind' | 'files'> & ResolvedShardOptions;

const parquetRule = record({
  kind: kindRule('parquet'),
  files: filesRule('Write e.g. "data/train-*.parquet".'),
  ...shardRules,
});

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveParquetSpec(spec: ParquetSpec): ResolvedParquetSpec {
  const resolved = checkOptions(parquetRule, spec);
  return { ...resolved, shuffle: resolved.shuffle ?? usualShuffle(resolved.files) };
}

/**
 * HDF5 files as the authors of M3AE and others write them: pictures in `jpg` with `caption`, in `train_jpg` with
 * `train_labels`, or `text` alone; a row an example.
 */
export interface Hdf5Spec extends Omit<ColumnKeys, 'separator'> {
  readonly kind: 'hdf5';
  /**
   * The files: paths or addresses (`https://`, `s3://`), with `{000..099}`, `{a,b}`, `*` and `**`. One on a server is copied
   * into `cacheFolder` first, as its parts lie all over it.
   */
  readonly files: string | readonly string[];
  /** What stands before `_jpg` and `_labels`. Default `'train'` where there are such fields. */
  readonly partition?: string;
  /** Where files of servers are copied to, once. Default `.cache/m3ae/downloads`. */
  readonly cacheFolder?: string;
  /** Pictures with more pixels are refused when decoded. Default 50 million. */
  readonly maxPixels?: number;
}

/** An {@link Hdf5Spec} with every option filled in. */
export type ResolvedHdf5Spec = Required<Omit<Hdf5Spec, keyof ColumnKeys | 'partition'>> &
  ColumnKeys &
  Pick<Hdf5Spec, 'partition'>;

const hdf5Rule = record({
  kind: kindRule('hdf5'),
  files: filesRule('Write e.g. "cc12m.hdf5".'),
  cacheFolder: cacheFolderRule(defaultCache),
  maxPixels: maxPixelsRule,
  ...keyRules,
  partition: optional(text('Leave it out for "train".', 'a name such as "train"')),
});

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveHdf5Spec(spec: Hdf5Spec): ResolvedHdf5Spec {
  return checkOptions(hdf5Rule, spec);
}
