// Maps of an encoder
export {
  type AttendedPair,
  attendPairs,
  type AttendOptions,
  type AttentionModel,
  type PairedExamples,
} from './attention/attend-pairs.js';
export { attentionMap, rollout } from './attention/attention-map.js';
export { type AttentionChoice, choiceFaults, type EncoderSize, everyHead } from './attention/choice.js';

// Words and patches
export { type PairLayout, patchToWords, wordToPatches } from './attention/word-patches.js';
export {
  boxedWords,
  type CaptionWord,
  groupPieces,
  type NamedBox,
  placesOf,
  type WordPlaces,
} from './attention/words.js';

// As a score
export { type Box, type PatchGridSize } from './attention/pointing/boxes.js';
export { pointingScore } from './attention/pointing/pointing-score.js';
export {
  type MapChoice,
  mapName,
  type MapRow,
  type PointingFigures,
} from './attention/pointing/map-choice.js';
export {
  type AttentionDirection,
  type PointingRow,
  pointingTable,
} from './attention/pointing/pointing-table.js';
export type {
  PointingControl,
  PointingMeasures,
  PointingOptions,
  PointingScene,
  PointingScore,
  PointingWord,
} from './attention/pointing/types.js';
export {
  type AttendedPicture,
  type AttentionResults,
  type NamedThing,
  pointingEvaluator,
  type PointingEvaluatorOptions,
  type PointingResults,
  type SceneSplit,
  type SceneSplits,
} from './attention/pointing/pointing-evaluator.js';

// As a picture
export { type CaptionedScene } from './attention/overlay/attended-words.js';
export {
  type AttendedDrawing,
  type AttendedScene,
  shadeWords,
} from './attention/overlay/attended-picture.js';
export { type Color, type ColorMapName } from './attention/overlay/color-map.js';
export { heatOverlay, type HeatOptions } from './attention/overlay/heat-overlay.js';
export { outlineBox, patchBox } from './attention/overlay/outline-box.js';
export type { RgbPicture } from './attention/overlay/picture.js';
