import { checkOptions, record } from '@m3ae/errors/rules';
import {
  type ResolvedShardOptions,
  type ShardOptions,
  shardRules,
  usualShuffle,
} from '../content/shard-options.js';
import { cacheFolderRule, filesRule, kindRule } from '../spec-rules.js';

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

const defaultCache = '.cache/m3ae/shards';

const webdatasetRule = record({
  kind: kindRule('webdataset'),
  shards: filesRule('Write e.g. "shards/{000..099}.tar".'),
  cacheFolder: cacheFolderRule(defaultCache),
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
