// What is learned
export type { CollateDraw, Contrast, LossResult, StepExamples, Task } from './task.js';
export type { Snapshot, TrainState } from './snapshot.js';

// One step
export {
  lossGradients,
  type LossGradients,
  stepFunction,
  type StepParts,
  type StepResult,
} from './step-function.js';
export type { BatchPeers } from './accumulate.js';
export { type BatchCut, createTrainStep, type TrainStep, type TrainStepOptions } from './train-step.js';

// Batches
export {
  type BatchFeed,
  type BatchSource,
  mixedBatches,
  type MixedBatchesOptions,
  type ReadyBatch,
} from './batch-source.js';

// The loop
export { type MicroBatchPlace, train, type Trained, TrainingDiverged, type TrainOptions } from './train.js';

// Around it
export { createValidator, type Validator, type ValidatorOptions } from './validator.js';
export {
  type Checkpoints,
  createCheckpoints,
  fromCheckpoint,
  type KeepOptions,
  type SavedSnapshot,
  toCheckpoint,
} from './checkpoints.js';
