import { requireRecord } from '@m3ae/errors';
import { checkOptions, record } from '@m3ae/errors/rules';
import { applyUpdates, type Transform } from '@m3ae/optim';
import type { Tree } from '@m3ae/tree';
import { mul, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { valueAndGradients } from '@m3ae/compile';
import { optimizerRule, type Task, taskWith } from './task.js';
import type { TrainState } from './snapshot.js';

/** Metrics of a batch and the gradient of its loss by every parameter. */
export interface LossGradients {
  readonly metrics: Readonly<Record<string, Scalar>>;
  readonly gradients: Tree<Tensor>;
}

/**
 * Metrics of a batch and the gradient of its loss.
 *
 * @param share - What the gradient is multiplied by: the share of this batch in a larger one. Default 1.
 */
export function lossGradients<TensorBatch>(
  task: Pick<Task<unknown, TensorBatch>, 'loss'>,
  params: Tree<Tensor>,
  batch: TensorBatch,
  share = 1,
): LossGradients {
  const { aux, gradients } = valueAndGradients((weights) => {
    const { value, metrics } = task.loss(weights, batch);
    return { value: share === 1 ? value : mul(value, share), aux: metrics };
  }, params);
  return { metrics: aux, gradients };
}

/** What makes a step of a task. */
export interface StepParts<TensorBatch> {
  readonly task: Task<unknown, TensorBatch>;
  /** E.g. `skipNonFinite(chain(clipByGlobalNorm(1), adamW({ decay: task.decays })))`. */
  readonly optimizer: Transform;
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
 * @throws RangeError if the task or the optimizer is none.
 * @returns A function of state, batch and learning rate []; `donate: [0]` lets the new state take the place of the old.
 *
 * @example
 * ```ts
 * const step = compile(stepFunction({ task, optimizer }), { donate: [0] });
 * ```
 */
export function stepFunction<TensorBatch>(parts: StepParts<TensorBatch>) {
  checkParts(parts);
  const update = updateFunction(parts);
  return (state: TrainState<Tensor>, batch: TensorBatch, learningRate: Scalar): StepResult<Tensor> => {
    const losses = lossGradients(parts.task, state.params, batch);
    const { state: next, metrics } = update(state, losses.gradients, learningRate);
    return { state: next, metrics: { ...losses.metrics, ...metrics } };
  };
}

const partsRule = record({ task: taskWith('loss'), optimizer: optimizerRule });

/** Refuses what is no task or no optimizer; whatever else is there is not looked at. */
function checkParts<TensorBatch>(parts: StepParts<TensorBatch>): void {
  requireRecord('parts', parts, 'task, optimizer', 'Give both.');
  checkOptions(partsRule, { task: parts.task, optimizer: parts.optimizer });
}

/** The second half of {@link stepFunction}: from gradients on. */
export function updateFunction<TensorBatch>({ task, optimizer }: StepParts<TensorBatch>) {
  return (state: TrainState<Tensor>, gradients: Tree<Tensor>, learningRate: Scalar): StepResult<Tensor> => {
    const {
      updates,
      state: next,
      metrics,
    } = optimizer.update(gradients, state.optimizer, state.params, { learningRate });
    const updated = applyUpdates(state.params, updates);
    return {
      state: { params: task.project?.(updated) ?? updated, optimizer: next },
      metrics: { ...metrics, learningRate },
    };
  };
}
