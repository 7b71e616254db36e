// Writing a data set
export { prepareDataset } from './prepare-dataset.js';
export {
  type FilterOptions,
  type OnPrepareProgress,
  pictureFormats,
  type PrepareOptions,
  type ResolvedPrepareOptions,
  resolvePrepareOptions,
  shardFormats,
} from './options.js';
export { type PreparedDataset, type PreparedIndex, preparedLines } from './companions.js';
export { type PrepareSettings, type Shard } from './journal.js';
export { type Totals } from './totals.js';
export { type Dropped, type DropReason, dropReasons } from './read-example.js';

// Looking at sources
export {
  type Histogram,
  type InspectedSample,
  type Inspection,
  inspectionLines,
  type Problem,
  type Problems,
} from './inspect/inspection.js';
export { type InspectOptions, inspectSources } from './inspect/inspect-sources.js';

// Pictures that look alike
export { createDuplicateFinder, type DuplicateFinder, type PicturePrint, printOf } from './duplicates.js';

// Captions
export { captionFault, type CaptionRules, wordsOf } from './caption-rules.js';
