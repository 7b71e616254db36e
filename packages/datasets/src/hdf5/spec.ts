import { checkOptions, optional, record, text } from '@m3ae/errors/rules';
import { defaultCache } from '../bytes/cache.js';
import {
  cacheFolderRule,
  type ColumnKeys,
  filesRule,
  keyRules,
  kindRule,
  maxPixelsRule,
} from '../spec-rules.js';

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
