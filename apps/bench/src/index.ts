// Measurements
export { benchStep, type StepBenchResult } from './step-bench.js';
export { benchData, type DataBenchOptions, type DataBenchResult } from './data-bench.js';
export { benchRanks, type RanksBenchResult } from './ranks-bench.js';
export { machineFigures } from './machine-figures.js';
export { flopsOfStep, type StepBenchOptions } from './prepare-step.js';

// As commands
export {
  type BenchProgram,
  type DataCommandOptions,
  type RanksCommandOptions,
  runDataBench,
  runRanksBench,
  runStepBench,
  type StepCommandOptions,
} from './run-bench.js';

// Where time goes
export { profileStep, profileLines, type ProfileSummary } from './profile.js';
