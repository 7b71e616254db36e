export {
  layoutOf,
  modelOfRun,
  type OpenedRunModel,
  openRunModel,
  type OpenRunModelOptions,
  refuseOtherClasses,
  type RunModelFacts,
  type RunSettings,
} from './run-model.js';
export { isWeightsPath, openWeightsRun, type OpenWeightsRunOptions, splitHints } from './weights-run.js';
export { type EncoderConfig, type LoadedEncoder, runEncoder } from './run-encoder.js';
export {
  checkInitialize,
  type InitializedModel,
  initialParams,
  type InitializeSettings,
  type InitializeWords,
} from './initialize.js';
