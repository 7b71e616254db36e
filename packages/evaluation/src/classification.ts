export {
  accuracy,
  type Accuracy,
  bootstrapInterval,
  type BootstrapOptions,
  type Interval,
  shareOf,
  topKAccuracy,
} from './classification/accuracy.js';
export {
  classificationReport,
  type ClassificationReport,
  type ClassRow,
  confusionMatrix,
  type ConfusionMatrix,
  perClassTable,
} from './classification/report.js';
