import { applyUpdates } from '@m3ae/optim';
import type { RngKey } from '@m3ae/random';
import type { M3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { clampLogitScale } from './clip-loss.js';
import { lossGradients } from './gradients.js';
import { lossFunction } from './loss-function.js';
import { initParameters } from './model.js';
import { createOptimizer, createSchedule } from './optimizer.js';
import type { LossConfig, Method, OptimizerConfig, StepBatch, TrainState } from './types.js';

/** What {@link createTrainStep} needs to know. */
export interface TrainStepConfig {
  readonly method: Method;
  /** Resolved by `resolveM3aeConfig`; for `clip` by `resolveClipConfig`, for `supervised` by `resolveClassifierConfig`. */
  readonly model: M3aeConfig;
  readonly loss: LossConfig;
  readonly optimizer: OptimizerConfig;
  /** Micro-batches whose gradients are averaged before one update; must divide the batch. Default 1. */
  readonly accumulate?: number;
}

/** The new state and the scalars of one step. */
export interface TrainStepResult {
  readonly state: TrainState<Tensor>;
  /**
   * Those of {@link lossFunction}, measured before the update, and `gradientNorm` (before clipping), `learningRate`,
   * and `skipped` (1 where a gradient was not finite, so nothing was updated).
   */
  readonly metrics: Readonly<Record<string, Scalar>>;
}

/** A training step and what belongs to it. */
export interface TrainStep {
  /** Fresh parameters drawn from the key, and the optimiser's empty state. */
  initialState(key: RngKey): TrainState<NdArray>;
  /** The optimiser's empty state beside given parameters. */
  stateFrom(params: Tree<NdArray>): TrainState<NdArray>;
  /** Pure function of tensors: forward, backward, clipping and update. Compile it with `donate: [0]`. */
  trainStep(state: TrainState<Tensor>, batch: StepBatch<Tensor>): TrainStepResult;
  /** Learning rate for the update after `count` updates; what `batch.learningRate` must hold. */
  schedule(count: number): number;
}

/**
 * Assembles model, losses and optimiser into one pure step.
 *
 * @example
 * ```ts
 * const { initialState, trainStep, schedule } = createTrainStep({ method: 'm3ae', model, loss, optimizer });
 * const step = compile(trainStep, { donate: [0] });
 * let state = initialState(key(0));
 * const next = await step(state, { ...batch, learningRate: scalarArray(schedule(0)) });
 * ```
 */
export function createTrainStep(config: TrainStepConfig): TrainStep {
  const { method, model, accumulate = 1 } = config;
  const optimizer = createOptimizer(method, config.optimizer);
  const loss = lossFunction(method, model, config.loss);
  const stateFrom = (params: Tree<NdArray>) => ({ params, optimizer: optimizer.init(params) });

  return {
    initialState: (key) => stateFrom(initParameters(method, key, model)),
    stateFrom,
    schedule: createSchedule(config.optimizer),
    trainStep({ params, optimizer: optimizerState }, batch) {
      const { metrics: losses, gradients } = lossGradients(loss, params, batch, accumulate);
      const { updates, state, metrics } = optimizer.update(gradients, optimizerState, params, {
        learningRate: batch.learningRate as Scalar,
      });
      const updated = applyUpdates(params, updates);
      return {
        state: { params: method === 'clip' ? clampLogitScale(updated) : updated, optimizer: state },
        metrics: { ...losses, ...metrics, learningRate: batch.learningRate as Scalar },
      };
    },
  };
}
