// The page of a run
export { readRunReport, type RunReportOptions, writeRunReport } from './results/run-report.js';

// What is measured at its end, and pictures beside records
export { measureFeatures, type MeasureFeaturesOptions, pictureWriter } from './results/keep-results.js';
