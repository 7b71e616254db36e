import type { FolderSpec } from '@m3ae/datasets';
import { isInvalidInput, isRecord } from '@m3ae/errors';
import { lengthOf, optimizerRules, warmupCosine } from '@m3ae/optim';
import type { RunRecord, SettingRules } from '@m3ae/runs';
import { resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';
import { stepConfig } from './step-config.js';

/** A stored config whose source, where it is of some kinds, has settings that came after it; those that it has stay. */
function withSource<Config>(stored: Config, kinds: readonly string[], settings: object): Config {
  if (!isRecord(stored) || !isRecord(stored.data) || !isRecord(stored.data.source)) return stored;
  const { source } = stored.data;
  const added = Object.entries(settings).filter(([name]) => source[name] === undefined);
  if (!kinds.includes(String(source.kind)) || added.length === 0) return stored;
  return { ...stored, data: { ...stored.data, source: { ...source, ...Object.fromEntries(added) } } };
}

/**
 * A stored config with the layout of its folder. Earlier versions had no such setting and took sub-folders named
 * `train` and `val` for any other, so today's default would open other parts than the run began with.
 *
 * @param stored - As `config.json` has it; one that names its layout, or has no folder, comes back as it is.
 * @param layout - What to put where it names none.
 */
export const withLayout = <Config>(stored: Config, layout: FolderSpec['layout']): Config =>
  withSource(stored, ['folder'], { layout });

/** A stored config of a folder with what its examples are. Earlier versions had no such setting and made one of each caption. */
const withExamples = <Config>(stored: Config, examples: FolderSpec['examples']): Config =>
  withSource(stored, ['folder'], { examples });

/** A config with the examples of the run that it goes on with. */
export function withExamplesOf(begun: TrainerConfig, now: TrainerConfig): TrainerConfig {
  const [before, { source }] = [withExamples(begun, 'captions').data.source, now.data];
  if (before.kind !== 'folder' || source.kind !== 'folder') return now;
  return { ...now, data: { ...now.data, source: { ...source, examples: before.examples } } };
}

/** A stored config of archives on servers, which earlier versions read in an exact order and without a word for it. */
export const withExactOrder = <Config>(stored: Config): Config =>
  withSource(stored, ['webdataset', 'parquet'], { shuffle: 'exact' });

/** A stored config with engine and backend apart, which were one setting in earlier versions: `eager:cpu`. */
export function withBackend<Config>(stored: Config): Config {
  if (!isRecord(stored) || !isRecord(stored.train)) return stored;
  const { train } = stored;
  const [engine, backend] = typeof train.engine === 'string' ? train.engine.split(':') : [];
  return backend === undefined ? stored : { ...stored, train: { ...train, engine, backend } };
}

/** Settings that earlier versions wrote for every kind of optimizer. */
const ofOneKind = ['b1', 'b2', 'epsilon', 'momentum'];

/** A stored config without the settings of optimizers that it does not use, which earlier versions wrote all the same. */
function withOwnOptimizer<Config>(stored: Config): Config {
  if (!isRecord(stored) || !isRecord(stored.optimizer)) return stored;
  const { optimizer } = stored;
  if (!ofOneKind.every((name) => Object.hasOwn(optimizer, name))) return stored;
  const own = Object.keys(optimizer.kind === 'adamW' ? optimizerRules.adamW : optimizerRules.sgd);
  const kept = Object.entries(optimizer).filter(([name]) => own.includes(name) || !ofOneKind.includes(name));
  return { ...stored, optimizer: Object.fromEntries(kept) };
}

/** A config as a folder stores it, in the settings of today. */
export const fromEarlier = <Config>(
  stored: Config,
  layout: FolderSpec['layout'],
  examples: FolderSpec['examples'],
): Config => withOwnOptimizer(withBackend(withExamples(withLayout(stored, layout), examples)));

/** See {@link SettingRules.upgrade}. */
function upgrade(stored: TrainerConfig, now?: TrainerConfig): TrainerConfig {
  const source = now?.data.source;
  const { layout, examples } =
    source?.kind === 'folder' ? source : { layout: 'auto' as const, examples: 'captions' as const };
  const given = fromEarlier(stored, layout, examples);
  try {
    return resolveConfig(withExactOrder(given));
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
