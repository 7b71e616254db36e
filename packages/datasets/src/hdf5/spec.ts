import { collectFaults } from '@m3ae/errors';
import { defaultCache } from '../bytes/cache.js';
import { defaultMaxPixels } from '../decode.js';
import { type ColumnKeys, refuseKeyFaults } from '../folder/columns.js';
import { givenOf, isText, requireCacheFolder, requireFiles, requireMaxPixels } from '../spec-checks.js';

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

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveHdf5Spec(spec: Hdf5Spec): ResolvedHdf5Spec {
  const { files, partition, imageKey, captionKey, labelKey, groupKey } = spec;
  const { cacheFolder = defaultCache, maxPixels = defaultMaxPixels } = spec;
  const resolved = { kind: 'hdf5' as const, files, cacheFolder, maxPixels };
  const keys = { imageKey, captionKey, labelKey, groupKey };
  const check = collectFaults();
  check.refuseUnknown('', spec, [...Object.keys(resolved), ...Object.keys(keys), 'partition']);
  requireFiles(check, 'files', files, 'Write e.g. "cc12m.hdf5".');
  const isPart = partition === undefined || isText(partition);
  check.require(isPart, 'partition', 'a name such as "train"', partition, 'Leave it out for "train".');
  requireCacheFolder(check, cacheFolder, defaultCache);
  requireMaxPixels(check, maxPixels);
  refuseKeyFaults(check, keys);
  check.throwIfAny();
  return { ...resolved, ...givenOf({ ...keys, partition }) };
}
