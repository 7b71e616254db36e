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
  type EncodedOutliers,
  encodeLabeled,
  encodeOutliers,
  type LabeledSplits,
  labeledSplits,
  refuseLoneClasses,
  whyUnclassified,
  headResults,
} from './model/labeled-splits.js';
export { type EvaluationLog, type LoadedForm, openSplit, type ReadOptions } from './model/read-split.js';
export {
  type EncodedDataSplit,
  type EncodeOptions,
  encodeSplits,
  type PictureEncoder,
  pictureEncoderOf,
  withPictureEncoder,
} from './model/encode-splits.js';
export { featurePath, readFeatures } from './model/feature-files.js';

// Attention
export { type AttendModelOptions, attendOwn, attendSplit, type OwnPair } from './model/pairs.js';
export {
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
  drawScenes,
  type KeptPictures,
} from './model/attention-results.js';

// The other evaluations
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
