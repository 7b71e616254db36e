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
