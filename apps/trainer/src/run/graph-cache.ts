import { type FolderCache, folderCache, type FolderCacheOptions } from '@m3ae/checkpoint/files';
import type { M3aeConfig } from '@m3ae/transformer';
import type { RunRecord } from '@m3ae/runs';
import type { TrainerConfig } from '../config/schema.js';
import { ownDigest, versions } from './versions.js';

/** Where prepared graphs are kept, beside drawn emoji and unpacked archives; a ViT-S step takes some 10 MB. */
const usualFolder = '.cache/m3ae/graphs';

/** A cache of graphs: the code, and on what it runs, decide those of any program here. */
export function graphCache(
  facts: () => object,
  { folder = usualFolder, ...options }: FolderCacheOptions & { readonly folder?: string } = {},
): FolderCache {
  const all = () => ({ versions: versions(), code: ownDigest(), ...facts() });
  return folderCache(folder, all, { ending: '.graph', ...options });
}

/** The cache of a run: all settings and facts count but those that say what is done beside computing. */
export function cacheOf(
  { config, data }: RunRecord<TrainerConfig>,
  model: M3aeConfig,
  folder?: string,
): FolderCache {
  const beside = new Set(['name', 'seed', 'log', 'checkpoint', 'report', 'evaluation', 'distributed']);
  const settings = Object.entries(config).filter(([name]) => !beside.has(name));
  return graphCache(() => ({ settings, data, model }), { folder });
}
