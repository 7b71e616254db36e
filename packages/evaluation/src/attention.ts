// Maps of an encoder
export {
  type AttendedPair,
  type AttendOptions,
  attendPairs,
  type AttentionModel,
  type PairedExamples,
} from './attention/attend-pairs.js';
export {
  type AttentionChoice,
  attentionMap,
  choiceFaults,
  type EncoderSize,
  everyHead,
  rollout,
} from './attention/attention-map.js';

// Words and patches
export {
  boxedWords,
  type CaptionWord,
  groupPieces,
  type NamedBox,
  type PairLayout,
  patchToWords,
  placesOf,
  type WordPlaces,
  wordToPatches,
} from './attention/words.js';

// As a score
export type {
  Box,
  PatchGridSize,
  PointingOptions,
  PointingScene,
  PointingWord,
} from './attention/pointing/scenes.js';
export {
  type PointingControl,
  type PointingMeasures,
  pointingScore,
  type PointingScore,
} from './attention/pointing/pointing-score.js';
export {
  type MapChoice,
  mapName,
  type MapRow,
  type PointingFigures,
  type PointingRow,
  pointingTable,
} from './attention/pointing/pointing-table.js';
export type { AttentionDirection } from './attention/attend-pairs.js';
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
export {
  type AttendedDrawing,
  type AttendedScene,
  type CaptionedScene,
  outlineBox,
  patchBox,
  shadeWords,
} from './attention/overlay/attended-picture.js';
export {
  type Color,
  type ColorMapName,
  type HeatOptions,
  heatOverlay,
  type RgbPicture,
} from './attention/overlay/heat-overlay.js';
