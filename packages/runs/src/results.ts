// The page of a run
export { readRunReport, type RunReportOptions, writeRunReport } from './results/run-report.js';

// What is measured at its end
export { measureFeatures, type MeasureFeaturesOptions } from './results/measure-features.js';

// Pictures beside its evaluations
export { pictureWriter } from './results/picture-writer.js';
