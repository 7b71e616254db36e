import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { matchTree } from '@m3ae/checkpoint';
import { loadCheckpoint, readJson } from '@m3ae/checkpoint/files';
import { type InvalidInput, unusable, invalidField } from '@m3ae/errors';
import type { EvaluationPeers } from '@m3ae/evaluation';
import type { OpenedModel } from '@m3ae/evaluation/model';
import { key } from '@m3ae/random';
import {
  lineFaults,
  readSavedRun,
  recordOf,
  runPaths,
  type RunRecord,
  type SavedPoint,
  type Warn,
} from '@m3ae/runs';
import { applyOverrides } from '../config/overrides.js';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';
import { isWeights, openWeights } from './open-weights.js';
import { openedModel } from './opened-model.js';
import { fromEarlier, settingRules } from '../run/rules.js';
import { modelConfig } from '../run/step-config.js';
import { savedStateOf } from '../run/beginning.js';
import { taskOf } from '../run/task.js';
import { warnOnStderr } from '../run/warn.js';
import { savedVocabulary } from '../run/vocabulary.js';

/** Everything that belongs to a trained model. */
export interface OpenedRun {
  /** The run folder. */
  readonly folder: string;
  /** The checkpoint's folder in it. */
  readonly checkpoint: string;
  /** Finished updates. */
  readonly step: number;
  readonly record: RunRecord<TrainerConfig>;
  /** The run's config with the changes that were asked for. */
  readonly config: TrainerConfig;
  /** As `@m3ae/evaluation/model` takes it; its weights are those of the file with the parameters. */
  readonly model: OpenedModel;
  /** The ranks that share an evaluation of it. */
  readonly peers?: EvaluationPeers;
  /** Whether the model is not of a run, but of a file of weights. */
  readonly foreign?: boolean;
}

function notARun(path: string): InvalidInput {
  return invalidField(
    'RUN',
    'a folder with a checkpoint',
    path,
    'Train one with: npx @m3ae/trainer pretrain CONFIG.',
  );
}

const isFolder = (path: string) => existsSync(path) && statSync(path).isDirectory();

/** A run and the checkpoint of it that is opened. */
interface Found {
  readonly folder: string;
  readonly point: SavedPoint;
  readonly record: RunRecord<TrainerConfig>;
  readonly warnings: readonly string[];
}

/** One checkpoint of a run, by its own folder. */
async function findCheckpoint(path: string): Promise<Found> {
  const folder = dirname(dirname(resolve(path)));
  if (!existsSync(runPaths(folder).config)) {
    throw unusable([
      `CHECKPOINT must lie in the folder of its run, beside config.json; received ${path}. Move it back to RUN/checkpoints.`,
    ]);
  }
  const point = { folder: path, ...(await loadCheckpoint(path)) };
  return { folder, point, ...recordOf(folder, point, settingRules)! };
}

/** The run and the checkpoint that a path means: a run's newest one that is whole, or the one it names. */
async function find(path: string): Promise<Found> {
  if (!isFolder(path)) throw notARun(path);
  if (existsSync(join(path, 'state.json')) || /^step-\d{8,}$/.test(basename(resolve(path)))) {
    return findCheckpoint(path);
  }
  const saved = await readSavedRun(path, settingRules);
  if (saved?.point === undefined) throw notARun(path);
  return { ...saved, folder: path, point: saved.point };
}

/** SHA-256 of the parameters' file, as the checkpoint's own manifest states it; loading verifies it. */
export async function weightsOf(checkpoint: string): Promise<string> {
  const { files } = (await readJson(join(checkpoint, 'state.json'))) as {
    files: Readonly<Record<string, { sha256: string }>>;
  };
  return files['model.safetensors']!.sha256;
}

/** What the user may change of a run's config for an evaluation, e.g. `train.threads=1`. */
function changedConfig({ config }: RunRecord<TrainerConfig>, changes: readonly string[]): TrainerConfig {
  return resolveConfig(applyOverrides(fromEarlier(config, 'none', 'captions'), changes));
}

/**
 * Opens a trained model.
 *
 * @param path - A run folder, whose newest checkpoint is taken, or one checkpoint folder in it; or a file or folder of
 * weights that others trained, as `@m3ae/weights` reads them.
 * @param changes - Settings changed for this evaluation, `path=value` each.
 * @param warn - Told what is damaged and passed over: a newer checkpoint, config.json, lines of the logs.
 * @throws InvalidInput if there is no whole checkpoint, or its tensors are not those of the config.
 */
export async function openRun(
  path: string,
  changes: readonly string[] = [],
  warn: Warn = warnOnStderr,
): Promise<OpenedRun> {
  if (isWeights(path)) {
    return openWeights(path, changes, warn);
  }
  const { folder, point, record, warnings } = await find(path);
  const config = changedConfig(record, changes);
  const { vocabSize, classes, mean, std } = record.data;
  const model = modelConfig(config, vocabSize, classes);
  const fresh = taskOf(config, model).init(key(0));
  const { lines, vocabulary } = savedStateOf(point);
  const faults = lineFaults(folder, lines).map((fault) => `${fault} The curves of the report lack them.`);
  [...warnings, ...faults].forEach(warn);
  const params = matchTree(fresh, point.trees.model!, { name: `${point.folder}/model.safetensors` });
  const facts = {
    name: folder,
    weights: await weightsOf(point.folder),
    model,
    params,
    vocabulary: savedVocabulary(vocabulary),
    statistics: { mean, std },
  };
  return {
    folder,
    checkpoint: point.folder,
    step: point.step,
    record,
    config,
    model: openedModel(config, facts),
  };
}
