// Writing a data set
export { prepareDataset, type PreparedDataset } from './prepare-dataset.js';
export {
  type FilterOptions,
  type OnPrepareProgress,
  pictureFormats,
  type PrepareOptions,
  resolvePrepareOptions,
  type ResolvedPrepareOptions,
  shardFormats,
} from './options.js';
export { type PreparedIndex } from './finish.js';
export { type PrepareSettings, type Shard } from './journal.js';
export { type Totals } from './totals.js';
export { type Dropped, type DropReason, dropReasons } from './read-example.js';

// Looking at sources
export {
  type Histogram,
  type InspectedSample,
  type Inspection,
  type Problem,
  type Problems,
} from './inspect/inspection.js';
export { type InspectOptions, inspectSources } from './inspect/inspect-sources.js';

// Pictures that look alike
export { type PicturePrint, printOf } from './difference-hash.js';
export { createDuplicateFinder, type DuplicateFinder } from './duplicate-finder.js';

// Captions
export { captionFault, type CaptionRules, wordsOf } from './caption-rules.js';

// Both in lines for a person
export { inspectionLines, preparedLines } from './lines.js';
