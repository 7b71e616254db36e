// Writing metrics
export { jsonLines, type MetricsWriter, tensorBoard } from './writers.js';

// Files of lines that a checkpoint can vouch for
export {
  type LineFile,
  lineFault,
  type LineMark,
  type MetricsLine,
  openLineFile,
  readLines,
} from './line-file.js';

// TensorBoard's format
export { type EventFile, openEventFile, eventRecord, type TensorboardEvent } from './event-file.js';

// Telling a person, or a program, how it goes
export { createProgress, type Output, type Progress, type ProgressOptions, wallClock } from './progress.js';
