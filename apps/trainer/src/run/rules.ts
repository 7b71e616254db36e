import { isInvalidInput } from '@m3ae/errors';
import { lengthOf, warmupCosine } from '@m3ae/optim';
import { fromEarlier, type RunRecord, type SettingRules, withSourceSettings } from '@m3ae/runs';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';
import { stepConfig } from './step-config.js';

/** A config with the examples of the run that it goes on with. */
export function withExamplesOf(begun: TrainerConfig, now: TrainerConfig): TrainerConfig {
  const [before, { source }] = [fromEarlier(begun).data.source, now.data];
  if (before.kind !== 'folder' || source.kind !== 'folder') return now;
  return { ...now, data: { ...now.data, source: { ...source, examples: before.examples } } };
}

/** See {@link SettingRules.upgrade}. */
function upgrade(stored: TrainerConfig, now?: TrainerConfig): TrainerConfig {
  const source = now?.data.source;
  const { layout, examples } =
    source?.kind === 'folder' ? source : { layout: 'auto' as const, examples: 'captions' as const };
  const given = fromEarlier(stored, { layout, examples });
  try {
    // Archives on servers were read in an exact order, without a word for it.
    return resolveConfig(withSourceSettings(given, ['webdataset', 'parquet'], { shuffle: 'exact' }));
  } catch (error) {
    if (isInvalidInput(error)) return given;
    throw error;
  }
}

/**
 * Whether a run may go on to another length: every update it has done must have had the learning rate that it would
 * have had, if that length had been asked for from the start. Then the two runs are the same.
 *
 * So it is while the rate is constant after a warm-up of a number of steps, and where `optimizer.scheduleSteps` says
 * over how many steps the rate falls.
 *
 * @param done - Updates done.
 * @throws InvalidInput if the new warm-up does not end within the new length.
 */
function mayChangeLength(
  before: TrainerConfig,
  now: TrainerConfig,
  facts: RunRecord['data'],
  done: number,
): boolean {
  if (before.train.steps === now.train.steps && before.train.epochs === now.train.epochs) return true;
  if (lengthOf(now, facts.trainLength).totalSteps < done) return false;
  const [was, is] = [before, now].map((config) => warmupCosine(stepConfig(config, facts).schedule));
  for (let count = 0; count < done; count++) if (was!(count) !== is!(count)) return false;
  return true;
}

/** Which settings of a config may differ where a run goes on. */
export const settingRules: SettingRules<TrainerConfig> = {
  harmless: [
    'name',
    'data.workers',
    'data.queueSize',
    'data.maxBadShare',
    'train.maxNonFinite',
    'train.replicas',
    'distributed.overlap',
    'distributed.timeout',
    'log',
    'checkpoint',
    'evaluation',
    'report',
  ],
  length: ['train.steps', 'train.epochs'],
  upgrade,
  totalSteps: (config, { trainLength }) => lengthOf(config, trainLength).totalSteps,
  mayChangeLength,
  lengthRemedy: (folder) =>
    'The learning rate of the steps that are done depends on the length, so this run ends as it began. ' +
    `Start another one with its encoder: --set initialize.run=${folder} and another --out. ` +
    'A run that shall be trained longer needs optimizer.scheduleSteps, or an endLearningRate like its peak and a warm-up in steps, from the start.',
  names: {
    resume: '--resume',
    overwrite: '--overwrite',
    allowConfigChange: '--allow-config-change',
    allowLostLines: '--allow-lost-lines',
    folder: '--out',
  },
};
