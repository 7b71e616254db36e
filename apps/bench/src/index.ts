// Measurements
export { benchStep, type StepBenchResult } from './step-bench.js';
export type { StepBenchOptions } from './prepare-step.js';
export { benchData, type DataBenchOptions, type DataBenchResult } from './data-bench.js';
export { benchRanks, type RanksBenchResult } from './ranks-bench.js';
export { createProgress } from './progress.js';

// Where time goes
export { profileStep } from './profile-step.js';
export { profileLines, type ProfileSummary } from './profile.js';
