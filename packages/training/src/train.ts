import { faultOf, invalidField, isInInterval } from '@m3ae/errors';
import { anything, callback, checkOptions, matching, optional, record, refined } from '@m3ae/errors/rules';
import type { NdArray } from '@m3ae/tree';
import { ownPlaces, takeArrays } from './accumulate.js';
import type { BatchSource, ReadyBatch } from './batch-source.js';
import { able } from './task.js';
import { type Snapshot, snapshotRule } from './snapshot.js';
import type { TrainStep } from './train-step.js';

/** What {@link train} works with. */
export interface TrainOptions<HostBatch> {
  readonly step: TrainStep<HostBatch>;
  readonly batches: BatchSource<HostBatch>;
  /** Where to begin: `step.init(key)`, or what a checkpoint holds. */
  readonly from: Snapshot;
  /** Updates in all, those before `from` included. */
  readonly steps: number;
  /** Ends the training before the next step, or the next micro-batch: a step that is not finished by then leaves nothing behind. */
  readonly signal?: AbortSignal;
  /**
   * After which steps there is a turn, beside the last one. Default: after each. Where results stay on a GPU, each turn waits for it
   * and reads the metrics; steps in between are handed over one after the other.
   */
  readonly turnAfter?: (step: number) => boolean;
  /** Steps in a row whose loss is not finite after which to give up. Default 10. */
  readonly maxNonFinite?: number;
  /** Seconds from any origin; by default those of `performance.now()`. */
  readonly clock?: () => number;
  /** Called before each micro-batch of a step that has several, for whoever watches a step that takes minutes. */
  readonly onMicroBatch?: (place: MicroBatchPlace) => void;
}

/** How far a step is. */
export interface MicroBatchPlace {
  /** The step, counted from 1. */
  readonly step: number;
  /** Micro-batches that were asked for before in this step. */
  readonly done: number;
  /** How many of them this process computes in a step; one that is computed twice counts twice. */
  readonly total: number;
  /** Seconds since the first of the step was asked for. */
  readonly seconds: number;
}

/** A training after a step that has a turn. */
export interface Trained extends Snapshot {
  /** Which pass over the data the step belongs to, from 0. */
  readonly epoch: number;
  /** Scalars of the step, measured before its update; `loss` among them. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Where the time of the step went; with steps before it that had no turn, the mean of all of them. */
  readonly seconds: {
    /** Waiting for the batch, or for all its micro-batches. */
    readonly wait: number;
    /** Running the engine. */
    readonly run: number;
  };
}

/** The loss was not finite for too long. */
export class TrainingDiverged extends Error {
  override readonly name = 'TrainingDiverged';

  constructor(
    /** The step after which the training gave up. */
    readonly step: number,
    /** Steps in a row. */
    readonly inRow: number,
    loss: number,
  ) {
    super(
      `The loss must be finite; it was ${loss} for ${inRow} steps in a row, up to step ${step}. ` +
        'Lower the peak learning rate, clip gradients to a norm of 1, or look for broken examples.',
    );
  }
}

const called = (remedy: string) => optional(callback('a function', remedy, () => undefined));

const optionsRule = refined(
  record({
    step: able<TrainStep<never>>(['run'], 'a step', 'Pass what createTrainStep gives.'),
    batches: able<BatchSource<unknown>>(['read'], 'a source of batches', 'Pass what mixedBatches gives.'),
    from: snapshotRule,
    steps: anything,
    signal: optional(
      matching<AbortSignal | undefined>(
        'an AbortSignal',
        (value) => value instanceof AbortSignal,
        'Pass the signal of an AbortController.',
        undefined,
      ),
    ),
    turnAfter: called('Leave it out for a turn after each step.'),
    maxNonFinite: optional(
      matching('at least 1', (value) => isInInterval(value, '[1, Infinity]'), 'Leave it out for 10.', 10),
    ),
    clock: called('Leave it out for performance.now().'),
    onMicroBatch: called('Pass e.g. ({ done, total }) => console.log(done, total).'),
  }),
  ['from'],
  ({ from, steps }) => [
    Number.isInteger(from.step) && // else from is wrong
      !(Number.isInteger(steps) && (steps as number) >= from.step) &&
      faultOf(
        'steps',
        `an integer from ${from.step}, where this training stands`,
        steps,
        'Count from its beginning.',
      ),
  ],
);

/**
 * Trains, one step for each turn of the caller's loop: log, validate, save or stop there.
 *
 * The arrays of a yielded state are valid until the next turn, when the step writes over them; save them before. Where the engine
 * keeps results on a device, `readArrays` of `@m3ae/compile` brings them to the host.
 *
 * @returns Yields where the training stands after each step, up to `steps` or until `signal` is aborted.
 * @throws RangeError if an option is unknown or of a wrong kind, or `steps` is below the step of `from`.
 * @throws TrainingDiverged if the loss was not finite for `maxNonFinite` steps in a row.
 *
 * @example
 * ```ts
 * for await (const now of train({ step, batches, from: step.init(key(0)), steps: 1000 })) {
 *   if (now.step % 100 === 0) console.log(now.step, now.metrics.loss);
 * }
 * ```
 */
export async function* train<HostBatch>(
  options: TrainOptions<HostBatch>,
): AsyncGenerator<Trained, void, void> {
  checkOptions(optionsRule, options);
  const { step, batches, from, steps, signal, turnAfter = () => true, maxNonFinite = 10 } = options;
  const clock = options.clock ?? (() => performance.now() / 1000);
  const { parts = 1, passes = 1, peers } = step.cut ?? {};
  const total = ownPlaces(parts, peers).length * passes;
  const feed = batches.read({ state: from.batches, first: from.step, last: steps, cut: step.cut });
  let now: Snapshot = from;
  /** Metrics of the steps since the last turn: the engine may not have them yet. */
  let unread: Readonly<Record<string, NdArray>>[] = [];
  let [started, wait] = [clock(), 0];
  let epoch = 0;
  for (;;) {
    if (now.step >= steps || signal?.aborted) return;
    let fed: ReadyBatch<HostBatch> | undefined;
    let [done, began] = [0, 0];
    const next = async () => {
      const asked = clock();
      if (done === 0) began = asked;
      if (total > 1)
        options.onMicroBatch?.({ step: now.step + 1, done: done++, total, seconds: asked - began });
      fed = await feed.next();
      wait += clock() - asked;
      return fed.batch;
    };
    const result = await step.run(now.state, next, now.step, signal).catch((error: unknown) => {
      if (signal?.aborted && error === signal.reason) return undefined;
      throw error;
    });
    if (result === undefined && unread.length === 0) return;
    if (result !== undefined) {
      now = { ...now, step: now.step + 1, state: result.state, batches: fed!.state };
      ({ epoch } = fed!);
      unread.push(result.metrics);
      if (now.step < steps && !turnAfter(now.step) && !signal?.aborted) continue;
    }
    const read = (await takeArrays(unread)).map(numbersOf);
    for (const [i, { loss }] of read.entries()) {
      const finite = Number.isFinite(loss);
      const inRow = finite ? 0 : now.nonFinite.inRow + 1;
      now = { ...now, nonFinite: { inRow, total: now.nonFinite.total + Number(!finite) } };
      if (inRow >= maxNonFinite) throw new TrainingDiverged(now.step - read.length + 1 + i, inRow, loss!);
    }
    const seconds = {
      wait: wait / read.length,
      run: (clock() - started - wait) / read.length,
    };
    yield { ...now, epoch, metrics: read.at(-1)!, seconds };
    unread = [];
    [started, wait] = [clock(), 0];
  }
}

/** The scalars of a step by name. */
function numbersOf(metrics: Readonly<Record<string, NdArray>>): Record<string, number> {
  const values = Object.fromEntries(Object.entries(metrics).map(([name, { data }]) => [name, data[0]!]));
  if (values.loss !== undefined) return values;
  const names = Object.keys(values).join(', ');
  throw invalidField('metrics', 'with one named loss', names, 'Return it from the loss of the task.');
}
