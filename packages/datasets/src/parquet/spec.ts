import { checkOptions, record } from '@m3ae/errors/rules';
import {
  type ResolvedShardOptions,
  type ShardOptions,
  shardRules,
  usualShuffle,
  filesRule,
  kindRule,
} from '../spec-rules.js';

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
