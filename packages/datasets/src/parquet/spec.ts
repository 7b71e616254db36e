import { collectFaults } from '@m3ae/errors';
import { defaultMaxPixels } from '../decode.js';
import { type ColumnKeys, refuseKeyFaults } from '../folder/columns.js';
import {
  givenOf,
  requireFiles,
  requireMaxBadShare,
  requireMaxPixels,
  resolveShuffle,
  type ShuffleOptions,
} from '../spec-checks.js';

/** Parquet files of the Hugging Face hub, pandas or pyarrow: pictures as bytes in a column, or named by path. */
export interface ParquetSpec extends Omit<ColumnKeys, 'separator'>, ShuffleOptions {
  readonly kind: 'parquet';
  /** The files: paths or addresses (`https://`, `s3://`), with `{000..099}`, `{a,b}`, `*` and `**`. */
  readonly files: string | readonly string[];
  /** Share of the files whose server may not answer; they are left out and counted. Default 0.01. */
  readonly maxBadShare?: number;
  /** Pictures with more pixels are refused when decoded. Default 50 million. */
  readonly maxPixels?: number;
}

/** A {@link ParquetSpec} with every option filled in. */
export type ResolvedParquetSpec = Required<Omit<ParquetSpec, keyof ColumnKeys | 'maxBadShare'>> &
  ColumnKeys &
  Pick<ParquetSpec, 'maxBadShare'>;

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveParquetSpec(spec: ParquetSpec): ResolvedParquetSpec {
  const { files, imageKey, captionKey, labelKey, groupKey, maxPixels = defaultMaxPixels } = spec;
  const resolved = { kind: 'parquet' as const, files, maxPixels };
  const keys = { imageKey, captionKey, labelKey, groupKey };
  const { maxBadShare } = spec;
  const check = collectFaults();
  check.refuseUnknown('', spec, [
    ...Object.keys({ ...resolved, ...keys }),
    'maxBadShare',
    'shuffle',
    'window',
  ]);
  requireFiles(check, 'files', files, 'Write e.g. "data/train-*.parquet".');
  requireMaxPixels(check, maxPixels);
  if (maxBadShare !== undefined) requireMaxBadShare(check, maxBadShare);
  refuseKeyFaults(check, keys);
  const shuffling = resolveShuffle(check, spec, files);
  check.throwIfAny();
  return { ...resolved, ...shuffling, ...givenOf({ ...keys, maxBadShare }) };
}
