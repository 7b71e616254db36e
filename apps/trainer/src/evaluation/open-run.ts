import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { matchTree } from '@m3ae/checkpoint';
import { latestCheckpoint, loadCheckpoint, readJson } from '@m3ae/checkpoint/files';
import type { VocabularyMapping } from '@m3ae/preprocess';
import { key } from '@m3ae/random';
import type { M3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import { InputError } from '../config/config-error.js';
import { applyOverrides } from '../config/overrides.js';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';
import { readRunRecord, type RunRecord, runPaths } from '../run/run-folder.js';
import type { ChannelStatistics } from '../run/statistics.js';
import { modelConfig } from '../run/step-config.js';
import { initParameters } from '../step/index.js';
import { savedVocabulary, type Vocabulary } from '../run/vocabulary.js';

/** Everything that belongs to a trained model. */
export interface OpenedRun {
  /** The run folder. */
  readonly folder: string;
  /** The checkpoint's folder in it. */
  readonly checkpoint: string;
  /** Finished updates. */
  readonly step: number;
  /** SHA-256 of the file with the parameters, in hexadecimal. */
  readonly weights: string;
  readonly record: RunRecord;
  /** The run's config with the changes that were asked for. */
  readonly config: TrainerConfig;
  readonly model: M3aeConfig;
  readonly params: Tree<NdArray>;
  readonly vocabulary: Vocabulary;
  readonly statistics: ChannelStatistics;
}

function notARun(path: string): InputError {
  return new InputError([
    `RUN must be a folder with a checkpoint; received ${path}. Train one with: npx @m3ae/trainer pretrain CONFIG.`,
  ]);
}

const isFolder = (path: string) => existsSync(path) && statSync(path).isDirectory();

/** The run and the checkpoint that a path means: a run's newest one, or the one it names. */
async function placeOf(path: string): Promise<{ folder: string; checkpoint: string }> {
  if (!isFolder(path)) throw notARun(path);
  if (existsSync(join(path, 'state.json'))) {
    const folder = dirname(dirname(resolve(path)));
    if (existsSync(runPaths(folder).config)) return { folder, checkpoint: path };
    throw new InputError([
      `CHECKPOINT must lie in the folder of its run, beside config.json; received ${path}. Move it back to RUN/checkpoints.`,
    ]);
  }
  const newest = await latestCheckpoint(path);
  if (newest === undefined || !existsSync(runPaths(path).config)) throw notARun(path);
  return { folder: path, checkpoint: newest.folder };
}

/** SHA-256 of the parameters' file, as the checkpoint's own manifest states it; loading verifies it. */
export async function weightsOf(checkpoint: string): Promise<string> {
  const { files } = (await readJson(join(checkpoint, 'state.json'))) as {
    files: Readonly<Record<string, { sha256: string }>>;
  };
  return files['model.safetensors']!.sha256;
}

/** What the user may change of a run's config for an evaluation, e.g. `train.threads=1`. */
function changedConfig({ config }: RunRecord, changes: readonly string[]): TrainerConfig {
  return resolveConfig(applyOverrides(config, changes));
}

function readMapping(folder: string): VocabularyMapping | null {
  const path = runPaths(folder).vocabulary;
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as VocabularyMapping | null;
  } catch (error) {
    throw new InputError([`${path} must be JSON; ${(error as Error).message}. Restore it from a copy.`]);
  }
}

/**
 * Opens a trained model.
 *
 * @param path - A run folder, whose newest checkpoint is taken, or one checkpoint folder in it.
 * @param changes - Settings changed for this evaluation, `path=value` each.
 * @throws InputError if there is no checkpoint, or it is damaged, or its tensors are not those of the config.
 */
export async function openRun(path: string, changes: readonly string[] = []): Promise<OpenedRun> {
  const { folder, checkpoint } = await placeOf(path);
  const record = readRunRecord(folder)!;
  const config = changedConfig(record, changes);
  const { vocabSize, classes } = record.data;
  const model = modelConfig(config, vocabSize, classes);
  const fresh = initParameters(config.method, key(0), model);
  try {
    const { trees, step } = await loadCheckpoint(checkpoint);
    return {
      folder,
      checkpoint,
      step,
      weights: await weightsOf(checkpoint),
      record,
      config,
      model,
      params: matchTree(fresh, trees.model!, { name: `${checkpoint}/model.safetensors` }),
      vocabulary: savedVocabulary(readMapping(folder)),
      statistics: { mean: record.data.mean, std: record.data.std } as ChannelStatistics,
    };
  } catch (error) {
    if (error instanceof RangeError) throw new InputError([error.message]);
    throw error;
  }
}

/**
 * Refuses a model that knows pictures alone.
 *
 * @throws InputError naming the run and what it lacks.
 */
export function requireText({ config, folder }: OpenedRun, command: string): void {
  if (config.method === 'm3ae' || config.method === 'clip') return;
  throw new InputError([
    `${command} needs a model with text parameters; received ${folder}, of method "${config.method}". Choose a run of method "m3ae".`,
  ]);
}
