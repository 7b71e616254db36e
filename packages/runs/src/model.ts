export {
  layoutOf,
  modelOfRun,
  type OpenedRunModel,
  openRunModel,
  type OpenRunModelOptions,
  type RunModelFacts,
  type RunSettings,
} from './run-model.js';
