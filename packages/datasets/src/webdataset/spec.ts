import { collectFaults } from '@m3ae/errors';
import { defaultMaxPixels } from '../decode.js';
import { type ColumnKeys, refuseKeyFaults } from '../folder/columns.js';
import {
  givenOf,
  requireCacheFolder,
  requireFiles,
  requireMaxBadShare,
  requireMaxPixels,
  resolveShuffle,
  type ShuffleOptions,
} from '../spec-checks.js';

/** Tar archives as WebDataset and img2dataset write them: `KEY.jpg` and `KEY.txt`, `KEY.json` or `KEY.cls` next to it. */
export interface WebdatasetSpec extends Omit<ColumnKeys, 'separator'>, ShuffleOptions {
  readonly kind: 'webdataset';
  /**
   * The archives, `.tar`, `.tar.gz` or `.tgz`: paths or addresses (`https://`, `s3://`), with `{000..099}`, `{a,b}`, `*` and
   * `**`.
   */
  readonly shards: string | readonly string[];
  /** Where compressed archives are unpacked to, and where the index of those on servers is kept. Default `.cache/m3ae/shards`. */
  readonly cacheFolder?: string;
  /** Share of the archives whose server may not answer; they are left out and counted. Default 0.01. */
  readonly maxBadShare?: number;
  /** Pictures with more pixels are refused when decoded. Default 50 million. */
  readonly maxPixels?: number;
}

/** A {@link WebdatasetSpec} with every option filled in. */
export type ResolvedWebdatasetSpec = Required<Omit<WebdatasetSpec, keyof ColumnKeys | 'maxBadShare'>> &
  ColumnKeys &
  Pick<WebdatasetSpec, 'maxBadShare'>;

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveWebdatasetSpec(spec: WebdatasetSpec): ResolvedWebdatasetSpec {
  const { shards, imageKey, captionKey, labelKey, groupKey } = spec;
  const { cacheFolder = '.cache/m3ae/shards', maxPixels = defaultMaxPixels } = spec;
  const resolved = { kind: 'webdataset' as const, shards, cacheFolder, maxPixels };
  const keys = { imageKey, captionKey, labelKey, groupKey };
  const { maxBadShare } = spec;
  const check = collectFaults();
  check.refuseUnknown('', spec, [
    ...Object.keys({ ...resolved, ...keys }),
    'maxBadShare',
    'shuffle',
    'window',
  ]);
  requireFiles(check, 'shards', shards, 'Write e.g. "shards/{000..099}.tar".');
  requireCacheFolder(check, cacheFolder, '.cache/m3ae/shards');
  requireMaxPixels(check, maxPixels);
  if (maxBadShare !== undefined) requireMaxBadShare(check, maxBadShare);
  refuseKeyFaults(check, keys);
  const shuffling = resolveShuffle(check, spec, shards);
  check.throwIfAny();
  return { ...resolved, ...shuffling, ...givenOf({ ...keys, maxBadShare }) };
}
