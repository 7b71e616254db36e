import { collectFaults } from '@m3ae/errors';
import {
  type ResolvedShardOptions,
  resolveShardOptions,
  type ShardOptions,
} from '../content/shard-options.js';

/** Parquet files of the Hugging Face hub, pandas or pyarrow: pictures as bytes in a column, or named by path. */
export interface ParquetSpec extends ShardOptions {
  readonly kind: 'parquet';
  /** The files: paths or addresses (`https://`, `s3://`), with `{000..099}`, `{a,b}`, `*` and `**`. */
  readonly files: string | readonly string[];
}

/** A {@link ParquetSpec} with every option filled in. */
export type ResolvedParquetSpec = Pick<ParquetSpec, 'kind' | 'files'> & ResolvedShardOptions;

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveParquetSpec(spec: ParquetSpec): ResolvedParquetSpec {
  const check = collectFaults();
  const options = resolveShardOptions(check, spec, 'files', 'data/train-*.parquet');
  check.throwIfAny();
  return { kind: 'parquet', files: spec.files, ...options };
}
