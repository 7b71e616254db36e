import { createRunner, type GraphCache, resolvePrecision, type Runner } from '@m3ae/compile';
import { checkOptions, oneOf } from '@m3ae/errors/rules';
import { type FolderCache, folderCache, type FolderCacheOptions } from '@m3ae/checkpoint/files';
import type { M3aeConfig } from '@m3ae/transformer';
import type { RunRecord } from '@m3ae/runs';
import type { TrainerConfig } from '../config/schema.js';
import { warnOnStderr } from '../console.js';
import { ownDigest, versions } from './versions.js';

/** What runs a pure function of tensors: a compiled graph, or a tfjs backend op by op. */
export const engines = ['compiled', 'eager:cpu', 'eager:wasm', 'eager:tensorflow'] as const;

/** One of {@link engines}. */
export type Engine = (typeof engines)[number];

/** @throws InvalidInput if the name is not one of {@link engines}. */
export const parseEngine = (name: string): Engine =>
  checkOptions(oneOf(engines, 'Leave it out for compiled.'), name, { path: '--engine' });

const told = new Set<string>();

/** One line a process, however many engines say it. */
function warnOnce(note: string): void {
  if (!told.has(note)) warnOnStderr(note);
  told.add(note);
}

/** What {@link engineOf} may be told. */
interface EngineOptions {
  /** Whether results stay on its device until they are read. Default false. */
  readonly resident?: boolean;
  /** Where graphs are kept for later processes. */
  readonly cache?: GraphCache;
}

/** The engine that a config asks for. */
export function engineOf({ train }: Pick<TrainerConfig, 'train'>, options: EngineOptions = {}): Runner {
  const { backend = 'tensorflow', device, threads, replicas: sessions, precision, kernels } = train;
  const engine = train.engine === 'eager' ? (`eager:${backend}` as const) : train.engine;
  return createRunner({
    engine,
    device,
    threads,
    sessions,
    precision,
    kernels,
    ...options,
    onNote: warnOnce,
  });
}

/** Precision of matrix products as they will run: what `auto` comes to on this machine. */
export const precisionOf = async ({
  train: { engine, device, precision },
}: Pick<TrainerConfig, 'train'>): Promise<'float32' | 'bf16'> =>
  engine === 'compiled' ? resolvePrecision({ device, precision, onNote: warnOnce }) : 'float32';

/** The engine for what is fitted to features, in float32 always: a search for a minimum does not come to rest in bf16. */
export const fittingEngineOf = ({ train }: Pick<TrainerConfig, 'train'>): Runner =>
  engineOf({ train: { ...train, precision: 'float32', kernels: 'exact' } });

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
