import type { Runner } from '@m3ae/compile';
import { faultOf, isRecord, type MaybeFault, throwFaults } from '@m3ae/errors';
import {
  anything,
  callback,
  checkedBy,
  integer,
  matching,
  optional,
  record,
  refined,
  type Rule,
} from '@m3ae/errors/rules';
import type { Mixer } from '@m3ae/mixing';
import type { Transform } from '@m3ae/optim';
import type { Snapshot, Task } from './task.js';

/**
 * Something that can do what functions of it do, whatever else it holds.
 *
 * @param names - Of the functions.
 */
export const able = <Value>(names: readonly string[], rule: string, remedy: string): Rule<Value, Value> =>
  matching(
    `${rule}, with ${names.join(' and ')}`,
    (value) => isRecord(value) && names.every((name) => typeof value[name] === 'function'),
    remedy,
    undefined as Value, // stands for a wrong one, which is refused
  );

/** What is learned, with the functions that are asked for. */
export const taskWith = (...names: readonly (keyof Task & string)[]): Rule<Task, Task> =>
  able(names, 'a task', 'Pass e.g. m3ae(…) of @m3ae/tasks, or one of your own.');

/** How it is learned. */
export const optimizerRule: Rule<Transform, Transform> = able(
  ['init', 'update'],
  'an optimizer',
  'Pass e.g. adamW() of @m3ae/optim.',
);

/** What runs it. */
export const runnerRule: Rule<Runner, Runner> = callback<Runner>(
  'a runner',
  'Pass createRunner() of @m3ae/compile.',
  undefined as never, // stands for a wrong one, which is refused
);

const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
const isTree = (value: unknown) => typeof value === 'object' && value !== null;
const snapshotHint = 'Pass step.init(key(0)), or what latest() of createCheckpoints gives.';

/** A value as a fault shows it; of a record its names alone, as it may hold a model. */
const shown = (value: unknown) =>
  isRecord(value) ? `a record { ${Object.keys(value).join(', ')} }` : Array.isArray(value) ? 'a list' : value;

/** What keeps a value from being a {@link Snapshot}; paths count from it. */
function snapshotFaults(given: unknown): MaybeFault[] {
  const fault = (path: string, rule: string, value: unknown) =>
    faultOf(path, rule, shown(value), snapshotHint);
  if (!isRecord(given)) return [fault('', 'a snapshot { step, state, batches, nonFinite }', given)];
  const { step, state, batches, nonFinite } = given;
  return [
    !isCount(step) && fault('step', 'the number of finished updates', step),
    !(isRecord(state) && isTree(state.params) && isTree(state.optimizer)) &&
      fault('state', 'a record { params, optimizer }', state),
    !('batches' in given) && fault('batches', 'where the source of batches stands, or null', batches),
    !(isRecord(nonFinite) && isCount(nonFinite.inRow) && isCount(nonFinite.total)) &&
      fault('nonFinite', 'a record { inRow, total } of counts', nonFinite),
  ];
}

/** Where a training stands; what else the record holds is not looked at. */
export const snapshotRule: Rule<Snapshot, Snapshot> = checkedBy((given: Snapshot) => {
  throwFaults(snapshotFaults(given));
  return given;
});

const isLoader = (value: unknown) => isRecord(value) && typeof value.load === 'function';

/** What `mixedBatches` works with: each source of the mixer has a loader. */
export const mixedBatchesRule = refined(
  record({
    mixer: able<Mixer>(
      ['next', 'state', 'restore'],
      'a mixer',
      'Pass what createMixer of @m3ae/mixing gives.',
    ),
    loaders: matching<Readonly<Record<string, unknown>>>(
      'a record of loaders',
      isRecord,
      'Give each source of the mixer one, by its name.',
      {},
    ),
    indices: optional(
      matching<Readonly<Record<string, unknown>>>(
        'a record of lists',
        isRecord,
        'Leave it out to take each source whole.',
        {},
      ),
    ),
    collate: callback('a function of the examples', 'Pass task.collate.', () => undefined),
    key: anything, // collate checks it
    prefetch: optional(integer({ min: 1 }, 'Leave it out for 2.')),
  }),
  ['mixer', 'loaders'],
  ({ mixer, loaders }) =>
    mixer
      .state()
      .configuration.sources.filter(({ name }) => !isLoader(loaders[name]))
      .map(({ name }) =>
        faultOf(`loaders.${name}`, 'a loader', loaders[name], 'Give each source of the mixer one.'),
      ),
);
