import type { Program, Runner } from '@m3ae/compile';
import { applyUpdates, type Transform } from '@m3ae/optim';
import type { RngKey } from '@m3ae/random';
import { type NdArray, scalarArray, type Tree } from '@m3ae/tree';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { lossGradients } from './gradients.js';
import type { Snapshot, TrainState } from './snapshot.js';
import type { Task } from './task.js';

/** What makes a step of a task. */
export interface StepParts<TensorBatch> {
  readonly task: Task<unknown, TensorBatch>;
  /** E.g. `skipNonFinite(chain(clipByGlobalNorm(1), adamW({ decay: task.decays })))`. */
  readonly optimizer: Transform;
  /** Micro-batches whose gradients are averaged before one update; must divide the batch. Compiled, it saves no memory yet. Default 1. */
  readonly accumulate?: number;
}

/** The new state and the scalars of one step. */
export interface StepResult<Leaf> {
  readonly state: TrainState<Leaf>;
  /**
   * Those of the task and of the optimizer, measured before the update, and `learningRate`. Optimizers of `@m3ae/optim` add
   * `gradientNorm` (before clipping) and `skipped` (1 where a gradient was not finite, so nothing was updated).
   */
  readonly metrics: Readonly<Record<string, Leaf>>;
}

/**
 * One step as a pure function of tensors: forward, backward and update. Compile it, or run it eagerly as its oracle.
 *
 * @returns A function of state, batch and learning rate []; `donate: [0]` lets the new state take the place of the old.
 *
 * @example
 * ```ts
 * const step = compile(stepFunction({ task, optimizer }), { donate: [0] });
 * ```
 */
export function stepFunction<TensorBatch>({ task, optimizer, accumulate }: StepParts<TensorBatch>) {
  return (state: TrainState<Tensor>, batch: TensorBatch, learningRate: Scalar): StepResult<Tensor> => {
    const losses = lossGradients(task, state.params, batch, accumulate);
    const {
      updates,
      state: next,
      metrics,
    } = optimizer.update(losses.gradients, state.optimizer, state.params, { learningRate });
    const updated = applyUpdates(state.params, updates);
    return {
      state: { params: task.project?.(updated) ?? updated, optimizer: next },
      metrics: { ...losses.metrics, ...metrics, learningRate },
    };
  };
}

/** What {@link createTrainStep} needs to know. */
export interface TrainStepOptions<HostBatch, TensorBatch> extends StepParts<TensorBatch> {
  readonly task: Task<HostBatch, TensorBatch>;
  /** Learning rate by the number of updates done so far; the first update has count 0. */
  readonly schedule: (count: number) => number;
  /** What runs it; `createRunner` of `@m3ae/compile`. */
  readonly runner: Runner;
}

/** A step that is ready to run on plain arrays. */
export interface TrainStep<HostBatch> {
  /** Where a training begins: fresh parameters drawn from the key, and the optimizer's empty state. */
  init(key: RngKey): Snapshot;
  /** Where a training begins from given parameters. */
  initFrom(params: Tree<NdArray>): Snapshot;
  /**
   * One update, the `count`-th counted from 0.
   *
   * @param state - Is given up: its arrays may be overwritten by this call or a later one.
   */
  run(state: TrainState, batch: HostBatch, count: number): Promise<StepResult<NdArray>>;
  /** Frees what the engine holds; the step cannot be run afterwards. */
  dispose(): Promise<void>;
}

/**
 * Joins what is learned (the task) and how (optimizer, schedule, engine).
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
  const { task, optimizer, schedule, runner } = options;
  let program: Program<StepResult<NdArray>> | undefined;
  const initFrom = (params: Tree<NdArray>): Snapshot => ({
    step: 0,
    state: { params, optimizer: optimizer.init(params) },
    batches: null,
    nonFinite: { inRow: 0, total: 0 },
  });
  return {
    init: (key) => initFrom(task.init(key)),
    initFrom,
    run(state, batch, count) {
      program ??= runner<StepResult<NdArray>>('train step', stepFunction(options), [0]);
      return program.run(state, batch, scalarArray(schedule(count)));
    },
    dispose: async () => program?.dispose(),
  };
}
