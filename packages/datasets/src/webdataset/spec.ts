import { collectFaults } from '@m3ae/errors';
import { defaultMaxPixels } from '../decode.js';
import { type ColumnKeys, refuseKeyFaults } from '../folder/columns.js';

/** Tar archives as WebDataset and img2dataset write them: `KEY.jpg` and `KEY.txt`, `KEY.json` or `KEY.cls` next to it. */
export interface WebdatasetSpec extends Omit<ColumnKeys, 'separator'> {
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
  check.refuseUnknown('', spec, [...Object.keys(resolved), ...Object.keys(keys), 'maxBadShare']);
  const list: readonly unknown[] = Array.isArray(shards) ? shards : [shards];
  const arePaths = list.length > 0 && list.every((path) => typeof path === 'string' && path !== '');
  check.require(
    arePaths,
    'shards',
    'a path, or a list of them',
    shards,
    'Write e.g. "shards/{000..099}.tar".',
  );
  const isFolder = typeof cacheFolder === 'string' && cacheFolder !== '';
  check.require(
    isFolder,
    'cacheFolder',
    'a folder path',
    cacheFolder,
    'Leave it out for .cache/m3ae/shards.',
  );
  const enough = Number.isFinite(maxPixels) && maxPixels >= 1;
  check.require(enough, 'maxPixels', 'a number above 0', maxPixels, 'Write 50 megapixels as 50e6.');
  const isShare = maxBadShare === undefined || (maxBadShare >= 0 && maxBadShare <= 1);
  check.require(isShare, 'maxBadShare', 'in [0, 1]', maxBadShare, 'Write one per cent as 0.01.');
  refuseKeyFaults(check, keys);
  check.throwIfAny();
  const given = Object.entries({ ...keys, maxBadShare }).filter(([, value]) => value !== undefined);
  return { ...resolved, ...Object.fromEntries(given) };
}
