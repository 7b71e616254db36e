export { accuracy, type Accuracy, shareOf } from './classification/accuracy.js';
export { topKAccuracy } from './classification/top-k.js';
export { confusionMatrix, type ConfusionMatrix } from './classification/confusion.js';
export { type ClassRow, perClassTable } from './classification/per-class.js';
export { bootstrapInterval, type BootstrapOptions, type Interval } from './classification/bootstrap.js';
export { classificationReport, type ClassificationReport } from './classification/report.js';
