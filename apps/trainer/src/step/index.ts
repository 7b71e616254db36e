export { defaultLoss, defaultOptimizer } from './defaults.js';
export { type LossFunction, lossFunction, type LossResult } from './loss-function.js';
export { createOptimizer, createSchedule } from './optimizer.js';
export { createTrainStep, type TrainStep, type TrainStepConfig, type TrainStepResult } from './train-step.js';
export type {
  LossConfig,
  Method,
  OptimizerConfig,
  PlanLeaves,
  StepBatch,
  TextBatch,
  TrainState,
} from './types.js';
