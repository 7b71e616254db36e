import type { Program, Runner } from '@m3ae/compile';
import { faultOf, throwFaults } from '@m3ae/errors';
import { callback, checkOptions, integer, optional, record } from '@m3ae/errors/rules';
import type { RngKey } from '@m3ae/random';
import { type NdArray, scalarArray, type Tree } from '@m3ae/tree';
import { type BatchGradients, type BatchPeers, summedGradients } from './accumulate.js';
import { contrastGradients } from './contrast.js';
import { replicatedGradients } from './replicas.js';
import { able, optimizerRule, runnerRule, type Task, taskWith } from './task.js';
import type { Snapshot, TrainState } from './snapshot.js';
import { stepFunction, type StepParts, type StepResult, updateFunction } from './step-function.js';

/** What {@link createTrainStep} needs to know. */
export interface TrainStepOptions<HostBatch, TensorBatch> extends StepParts<TensorBatch> {
  readonly task: Task<HostBatch, TensorBatch>;
  /** Learning rate by the number of updates done so far; the first update has count 0. */
  readonly schedule: (count: number) => number;
  /** What runs it; `createRunner` of `@m3ae/compile`. With its `resident`, state and metrics stay where it computes. */
  readonly runner: Runner;
  /**
   * Micro-batches whose gradients are added up for one update; must divide the batch. One is held at a time, so neither memory
   * nor the time to the first step depends on their number. Default 1.
   */
  readonly accumulate?: number;
  /**
   * Micro-batches that are computed at a time over the same parameters, each in a session of its own; must divide those of this process.
   * The same bits for any number. Give `createRunner` as many `sessions`, else they run one after the other. Default 1.
   */
  readonly replicas?: number;
  /** Processes that each compute a share of the micro-batches; their number must divide `accumulate`. */
  readonly peers?: BatchPeers;
}

/** How the batch of a step is handed over. */
export interface BatchCut {
  /** Micro-batches, in the order of their examples. Default 1. */
  readonly parts?: number;
  /** How many times all of them are asked for, one time after the other. Default 1. */
  readonly passes?: number;
  /** Of all parts, only `rank`, `rank + size`, … are asked for. By default all. */
  readonly peers?: Pick<BatchPeers, 'rank' | 'size'>;
}

/** A step that is ready to run on plain arrays. */
export interface TrainStep<HostBatch> {
  /** In what form a step wants its batch. */
  readonly cut?: BatchCut;
  /** Where a training begins: fresh parameters drawn from the key, and the optimizer's empty state. */
  init(key: RngKey): Snapshot;
  /** Where a training begins from given parameters. */
  initFrom(params: Tree<NdArray>): Snapshot;
  /**
   * One update, the `count`-th counted from 0.
   *
   * @param state - Is given up: its arrays may be overwritten by this call or a later one.
   * @param next - Gives the next micro-batch; called as often as {@link BatchCut} says.
   * @param signal - Ends the step before its next micro-batch: `run` then rejects with the signal's reason, and `state` is as it was.
   * Where processes compute the batch together it must be aborted on all after the same micro-batch, as their `add` can do.
   */
  run(
    state: TrainState,
    next: () => HostBatch | Promise<HostBatch>,
    count: number,
    signal?: AbortSignal,
  ): Promise<StepResult<NdArray>>;
  /** Frees what the engine holds; the step cannot be run afterwards. */
  dispose(): Promise<void>;
}

const optionsRule = record({
  task: taskWith('loss'),
  optimizer: optimizerRule,
  schedule: callback('a function of the count of updates', 'Pass e.g. () => 1e-3.', () => 0),
  runner: runnerRule,
  accumulate: optional(integer({ min: 1 }, 'Leave it out for one micro-batch.')),
  replicas: optional(integer({ min: 1 }, 'Leave it out for one micro-batch at a time.')),
  peers: optional(
    able<BatchPeers>(
      ['add', 'finish', 'gather'],
      'peers',
      'Pass what createBatchPeers of @m3ae/distributed gives.',
    ),
  ),
});

/**
 * Joins what is learned (the task) and how (optimizer, schedule, engine).
 *
 * @throws RangeError if an option is unknown or of a wrong kind, or `accumulate` is no multiple of the number of peers and replicas.
 *
 * @example
 * ```ts
 * const step = createTrainStep({ task, optimizer, schedule: () => 1e-3, runner: createRunner() });
 * for await (const now of train({ step, batches, from: step.init(key(0)), steps: 100 })) console.log(now.metrics.loss);
 * ```
 */
export function createTrainStep<HostBatch, TensorBatch>(
  options: TrainStepOptions<HostBatch, TensorBatch>,
): TrainStep<HostBatch> {
  checkOptions(optionsRule, options);
  const { task, optimizer, accumulate = 1, replicas = 1, peers } = options;
  const size = peers?.size ?? 1;
  const own = accumulate / size;
  throwFaults([
    accumulate % size !== 0 &&
      faultOf(
        'accumulate',
        `a multiple of the ${size} processes that share a batch`,
        accumulate,
        `Set it to ${size * Math.ceil(accumulate / size)}.`,
      ),
    Number.isInteger(own) &&
      own % replicas > 0 &&
      faultOf(
        'replicas',
        `a divisor of the ${own} micro-batches of this process`,
        replicas,
        `Raise accumulate to ${replicas * size * Math.ceil(own / replicas)}, or take fewer replicas.`,
      ),
  ]);
  const initFrom = (params: Tree<NdArray>): Snapshot => ({
    step: 0,
    state: { params, optimizer: optimizer.init(params) },
    batches: null,
    nonFinite: { inRow: 0, total: 0 },
  });
  const { passes, ...running } =
    accumulate === 1 && !peers ? wholeStep(options) : accumulatedStep(options, accumulate);
  return {
    cut: { parts: accumulate, passes, ...(peers && { peers }) },
    init: (key) => initFrom(task.init(key)),
    initFrom,
    ...running,
  };
}

type Running<HostBatch> = Pick<TrainStep<HostBatch>, 'run' | 'dispose'> & { readonly passes: number };

/** Forward, backward and update as one program. */
function wholeStep<HostBatch, TensorBatch>(
  options: TrainStepOptions<HostBatch, TensorBatch>,
): Running<HostBatch> {
  let program: Program<StepResult<NdArray>> | undefined;
  return {
    passes: 1,
    async run(state, next, count) {
      program ??= options.runner<StepResult<NdArray>>('train step', stepFunction(options), [0]);
      return program.run(state, await next(), scalarArray(options.schedule(count)));
    },
    dispose: async () => program?.dispose(),
  };
}

/** Gradients micro-batch by micro-batch, then the update as a program of its own. */
function accumulatedStep<HostBatch, TensorBatch>(
  options: TrainStepOptions<HostBatch, TensorBatch>,
  accumulate: number,
): Running<HostBatch> {
  const { task, runner, schedule, replicas = 1, peers } = options;
  const create = task.contrast === undefined ? summedGradients : contrastGradients;
  const gradients: BatchGradients<HostBatch> =
    replicas === 1
      ? create(options, accumulate)
      : replicatedGradients((part) => create({ ...options, ...part }, accumulate), runner, replicas, peers);
  let update: Program<StepResult<NdArray>> | undefined;
  return {
    passes: gradients.passes,
    async run(state, next, count, signal) {
      const { sum, metrics } = await gradients.of(state.params, next, signal);
      update ??= runner<StepResult<NdArray>>('update', updateFunction(options), [0]);
      const updated = await update.run(state, sum, scalarArray(schedule(count)));
      return { state: updated.state, metrics: { ...metrics, ...updated.metrics } };
    },
    async dispose() {
      await gradients.dispose();
      await update?.dispose();
    },
  };
}
