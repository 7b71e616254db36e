import type { EvaluationPeers } from '@m3ae/evaluation';
import type { Warn } from '@m3ae/runs';
import { type OpenedRunModel, openRunModel } from '@m3ae/runs/model';
import { applyOverrides } from '../config/overrides.js';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';
import { fromEarlier, settingRules } from '../run/rules.js';
import { warnOnStderr } from '../run/warn.js';
import { isWeights, openWeights } from './open-weights.js';
import { withPatchesOf } from './opened-model.js';

/** Everything that belongs to a trained model; its config has the changes that were asked for. */
export interface OpenedRun extends OpenedRunModel<TrainerConfig> {
  /** The ranks that share an evaluation of it. */
  readonly peers?: EvaluationPeers;
  /** Whether the model is not of a run, but of a file of weights. */
  readonly foreign?: boolean;
}

/**
 * Opens a trained model.
 *
 * @param path - A run folder, whose newest checkpoint is taken, or one checkpoint folder in it; or a file or folder of
 * weights that others trained, as `@m3ae/weights` reads them.
 * @param changes - Settings changed for this evaluation, `path=value` each, e.g. `train.threads=1`.
 * @param warn - Told what is damaged and passed over: a newer checkpoint, config.json, lines of the logs.
 * @throws InvalidInput if there is no whole checkpoint, or its tensors are not those of the config.
 */
export async function openRun(
  path: string,
  changes: readonly string[] = [],
  warn: Warn = warnOnStderr,
): Promise<OpenedRun> {
  if (isWeights(path)) return openWeights(path, changes, warn);
  const opened = await openRunModel<TrainerConfig>(path, {
    configOf: ({ config }) => resolveConfig(applyOverrides(fromEarlier(config, 'none', 'captions'), changes)),
    rules: settingRules,
    warn,
  });
  return { ...opened, model: withPatchesOf(opened.model, opened.config, opened.record.data) };
}
