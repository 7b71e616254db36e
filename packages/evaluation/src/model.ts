// A model with all that belongs to it
export {
  type ModelInputs,
  type ModelOfKind,
  type ModelText,
  type OpenedModel,
  rebuildingOf,
  requireJoint,
  requireRebuilding,
  requireText,
} from './model/opened-model.js';
export { openWeightsModel, weightsOfModel } from './model/weights-model.js';

// Pictures of a person
export {
  captionFor,
  createExampleEncoder,
  type EncodedPicturesOf,
  type ExampleEncoder,
  patchesOfPicture,
} from './model/example-encoder.js';

// Examples of datasets; splits themselves are those of @m3ae/datasets
export { type DataSplit, limited, type SplitWords, wholeSplit } from '@m3ae/datasets';
export {
  classificationFault,
  type ClassifiedSplits,
  type LabeledSplits,
  labeledSplits,
  type LoadedForm,
  openSplit,
  whyUnclassified,
} from './model/data-split.js';
export { type PictureEncoder, pictureEncoderOf, withPictureEncoder } from './model/picture-encoder.js';
export {
  type EncodedDataSplit,
  encodeLabeled,
  type EncodeOptions,
  encodeSplits,
  type EvaluationLog,
  type ReadOptions,
} from './model/encode-splits.js';
export { featurePath, readFeatures } from './model/feature-files.js';

// Attention
export { type AttendModelOptions, attendOwn, attendSplit, type OwnPair } from './model/pairs.js';
export {
  drawScenes,
  type ScenesOfThings,
  type ScenesSplit,
  type ScoredScenes,
  scoreScenes,
  type ScoreScenesOptions,
} from './model/scenes.js';

export {
  attentionOfOwn,
  attentionOfScenes,
  attentionOfSplits,
  type KeptPictures,
} from './model/attention-results.js';

// The other evaluations
export { type EncodedOutliers, encodeOutliers, refuseLoneClasses } from './model/outliers.js';
export { captionedOnly, captionedSplits, pairScorerOf } from './model/captioned-splits.js';
export {
  layOutMaps,
  type MapClasses,
  type MappedModel,
  type MappedPictures,
  pickForMap,
} from './model/class-maps.js';
export {
  inputsOf,
  type OwnInput,
  rebuildOwnInput,
  rebuildSplits,
  type RebuildSplitsOptions,
} from './model/rebuild.js';
export { headResults } from './model/own-head.js';
