// Measurements
export { benchStep, type StepBenchResult } from './step-bench.js';
export { benchData, type DataBenchOptions, type DataBenchResult } from './data-bench.js';
export { benchRanks, type RanksBenchResult } from './ranks-bench.js';
export { flopsOfStep, type StepBenchOptions } from './prepare-step.js';
export { dataLines, ranksLines, stepLines } from './result-lines.js';
export { type StepCase, stepCases, stepTable } from './step-table.js';
export { createProgress } from './progress.js';

// Where time goes
export { profileStep } from './profile-step.js';
export { profileLines, type ProfileSummary } from './profile.js';
