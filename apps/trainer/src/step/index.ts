export { defaultLoss, defaultOptimizer } from './defaults.js';
export { lossFunction } from './loss-function.js';
export type { LossFunction, LossResult } from './loss-result.js';
export { classifierModel, clipModel, initParameters, parameterCount, parameterShapes } from './model.js';
export {
  classifyPictures,
  embedPictures,
  embedTexts,
  type Pictures,
  representPictures,
} from './represent.js';
export { createOptimizer, createSchedule } from './optimizer.js';
export { createTrainStep, type TrainStep, type TrainStepConfig, type TrainStepResult } from './train-step.js';
export type {
  LossConfig,
  MaskedMethod,
  Method,
  OptimizerConfig,
  StepBatch,
  TextBatch,
  TrainState,
} from './types.js';
