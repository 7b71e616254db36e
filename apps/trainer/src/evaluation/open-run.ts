import { requireOptions } from '@m3ae/errors';
import type { EvaluationPeers } from '@m3ae/evaluation';
import { fromEarlier, type Warn } from '@m3ae/runs';
import {
  isWeightsPath,
  type LoadedEncoder,
  type OpenedRunModel,
  openRunModel,
  openWeightsRun,
  runEncoder,
  splitHints,
} from '@m3ae/runs/model';
import type { ModelWeights } from '@m3ae/weights';
import { applyOverrides, resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';
import { engineOf } from '../run/engine.js';
import { settingRules } from '../run/rules.js';
import { versions } from '../run/versions.js';
import { warnOnStderr } from '../console.js';
import { withPatchesOf } from './opened-model.js';

/** Everything that belongs to a trained model; its config has the changes that were asked for. */
export interface OpenedRun extends OpenedRunModel<TrainerConfig> {
  /** The ranks that share an evaluation of it. */
  readonly peers?: EvaluationPeers;
  /** Whether the model is not of a run, but of a file of weights. */
  readonly foreign?: boolean;
}

const methods = { m3ae: 'm3ae', mae: 'mae', encoder: 'mae', clip: 'clip' } as const;

/** The config that evaluates weights: their own preparation of pictures, and emoji unless other data are named. */
function configFor({ kind, config, image }: ModelWeights, changes: readonly string[]): TrainerConfig {
  const { patchSize, embedDim, depth, heads } = config;
  const tower = kind === 'clip' && 'textTower' in config ? config.textTower : undefined;
  const prepared = { size: image.size ?? 16 * patchSize, mean: [...image.mean], std: [...image.std] };
  const base = {
    method: methods[kind],
    data: { source: { kind: 'emoji' } },
    image: { ...prepared, patchSize, crop: { kind: 'center' }, flip: 0 },
    ...(tower && { text: { maxLength: tower.length } }),
    model: { embedDim, depth, heads },
    train: { steps: 1 },
  };
  return resolveConfig(applyOverrides(base, changes));
}

/**
 * Opens a trained model.
 *
 * @param path - A run folder, whose newest checkpoint is taken, or one checkpoint folder in it; or a file or folder of
 * weights that others trained, as `@m3ae/weights` reads them.
 * @param changes - Settings changed for this evaluation, `path=value` each, e.g. `train.threads=1`, for weights also what
 * their file does not say.
 * @param warn - Told what is damaged and passed over: a newer checkpoint, config.json, lines of the logs.
 * @throws InvalidInput if there is no whole checkpoint, or its tensors are not those of the config.
 */
export async function openRun(
  path: string,
  changes: readonly string[] = [],
  warn: Warn = warnOnStderr,
): Promise<OpenedRun> {
  if (isWeightsPath(path)) {
    const { hints, rest } = splitHints(changes);
    const configOf = (weights: ModelWeights) => configFor(weights, rest);
    return {
      ...openWeightsRun(path, { configOf, hints, versions: { ...versions() }, warn }),
      foreign: true,
    };
  }
  const opened = await openRunModel<TrainerConfig>(path, {
    configOf: ({ config }) => resolveConfig(applyOverrides(fromEarlier(config), changes)),
    rules: settingRules,
    warn,
  });
  return { ...opened, model: withPatchesOf(opened.model, opened.config, opened.record.data) };
}

/**
 * Opens the encoder of a trained run with all that belongs to it: how pictures are prepared, vocabulary, names of classes.
 *
 * @param path - A run folder, whose newest checkpoint is taken, or one checkpoint folder in it.
 * @param options - `threads` of the engine; by default those of the run.
 * @throws InvalidInput if there is no checkpoint, or it is damaged.
 *
 * @example
 * ```ts
 * const encoder = await loadEncoder('runs/my-run');
 * const { mean, dim } = await encoder.encode(['cat.jpg', 'dog.jpg']); // mean: [2, dim]
 * await encoder.dispose();
 * ```
 */
export async function loadEncoder(
  path: string,
  options: { readonly threads?: number } = {},
): Promise<LoadedEncoder> {
  requireOptions(options, ['threads'], 'Leave it out for the threads of the run.');
  const { threads } = options;
  const run = await openRun(path, threads === undefined ? [] : [`train.threads=${threads}`]);
  return runEncoder(run, { runner: engineOf(run.config), batchSize: run.config.evaluation.batchSize });
}
