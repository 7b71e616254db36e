import { collectFaults } from '@m3ae/errors';
import { defaultCache } from '../bytes/cache.js';
import { defaultMaxPixels } from '../decode.js';
import { type ColumnKeys, refuseKeyFaults } from '../folder/columns.js';

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
  const isText = (value: unknown) => typeof value === 'string' && value !== '';
  const list: readonly unknown[] = Array.isArray(files) ? files : [files];
  const arePaths = list.length > 0 && list.every(isText);
  check.require(arePaths, 'files', 'a path, or a list of them', files, 'Write e.g. "cc12m.hdf5".');
  const isPart = partition === undefined || isText(partition);
  check.require(isPart, 'partition', 'a name such as "train"', partition, 'Leave it out for "train".');
  const isFolder = isText(cacheFolder);
  check.require(isFolder, 'cacheFolder', 'a folder path', cacheFolder, `Leave it out for ${defaultCache}.`);
  const enough = Number.isFinite(maxPixels) && maxPixels >= 1;
  check.require(enough, 'maxPixels', 'a number above 0', maxPixels, 'Write 50 megapixels as 50e6.');
  refuseKeyFaults(check, keys);
  check.throwIfAny();
  const given = Object.entries({ ...keys, partition }).filter(([, value]) => value !== undefined);
  return { ...resolved, ...Object.fromEntries(given) };
}
