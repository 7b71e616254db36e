import { collectFaults } from '@m3ae/errors';
import { defaultMaxPixels } from '../decode.js';
import { type ColumnKeys, refuseKeyFaults } from '../folder/columns.js';

/** Parquet files of the Hugging Face hub, pandas or pyarrow: pictures as bytes in a column, or named by path. */
export interface ParquetSpec extends Omit<ColumnKeys, 'separator'> {
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
  check.refuseUnknown('', spec, [...Object.keys(resolved), ...Object.keys(keys), 'maxBadShare']);
  const list: readonly unknown[] = Array.isArray(files) ? files : [files];
  const arePaths = list.length > 0 && list.every((path) => typeof path === 'string' && path !== '');
  check.require(arePaths, 'files', 'a path, or a list of them', files, 'Write e.g. "data/train-*.parquet".');
  const enough = Number.isFinite(maxPixels) && maxPixels >= 1;
  check.require(enough, 'maxPixels', 'a number above 0', maxPixels, 'Write 50 megapixels as 50e6.');
  const isShare = maxBadShare === undefined || (maxBadShare >= 0 && maxBadShare <= 1);
  check.require(isShare, 'maxBadShare', 'in [0, 1]', maxBadShare, 'Write one per cent as 0.01.');
  refuseKeyFaults(check, keys);
  check.throwIfAny();
  const given = Object.entries({ ...keys, maxBadShare }).filter(([, value]) => value !== undefined);
  return { ...resolved, ...Object.fromEntries(given) };
}
