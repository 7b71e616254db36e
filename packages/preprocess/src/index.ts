// Pictures: what one is
export { type CropBox, type RgbImage, type Size, type SquareOrSize } from './image.js';
export { type DecodedImage, type ThreeChannelImage, toRgb, type ToRgbOptions } from './colors.js';

// Pictures: cut, scale, mirror
export {
  centerCrop,
  crop,
  flipHorizontal,
  type RandomCropOptions,
  randomResizedCropBox,
  type Range,
} from './crop-and-flip.js';
export { type Edges } from './resample.js';
export { resize, resizedCrop, type ResizeOptions, resizeShorterSide } from './resize.js';

// Pictures: numbers for a model
export {
  channelStatistics,
  type ChannelStatistics,
  type ChannelValues,
  denormalize,
  normalize,
  normalizedPatches,
  type NormalizedPatchesOptions,
} from './normalize.js';
export { type PatchGrid, patchify, type PixelValues, unpatchify } from './patchify.js';

// Pictures: mixed with one another, and their labels
export {
  drawMixing,
  type Mixing,
  type MixingOptions,
  mixingRules,
  symmetricBeta,
} from './mixing/draw-mixing.js';
export {
  labelSmoothingRule,
  mixPatches,
  type PatchBatch,
  type SoftTargetOptions,
  softTargets,
} from './mixing/apply-mixing.js';

// Captions: text to ids and back
export {
  createTokenizer,
  specialPieces,
  type Tokenizer,
  tokenizerFromPieces,
  type TokenizerOptions,
} from './tokenizer.js';
export { type PaddedText } from './word-pieces.js';
export { encodeCaption, type EncodeCaptionOptions, type EncodedCaption } from './encode-caption.js';

// Captions: fewer pieces for a small model
export {
  toFullIds,
  tokenizerFromMapping,
  toTrimmedIds,
  type TrimmedVocabulary,
  type TrimOptions,
  trimVocabulary,
  type VocabularyMapping,
} from './trim-vocabulary.js';
