// The page of a run
export { readRunReport, type RunReportOptions, writeRunReport } from './results/run-report.js';

// Pictures beside its evaluations
export { pictureWriter } from './results/picture-writer.js';
