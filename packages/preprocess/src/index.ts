// Pictures: what one is
export { type CropBox, type RgbImage, type Size, type SquareOrSize } from './image.js';
export { type DecodedImage, type ThreeChannelImage, toRgb, type ToRgbOptions } from './to-rgb.js';

// Pictures: cut, scale, mirror
export { centerCrop, crop } from './crop.js';
export { type RandomCropOptions, randomResizedCropBox, type Range } from './random-resized-crop.js';
export { type Edges } from './resample.js';
export { resize, resizedCrop, type ResizeOptions, resizeShorterSide } from './resize.js';
export { flipHorizontal } from './flip.js';

// Pictures: numbers for a model
export {
  channelStatistics,
  type ChannelStatistics,
  type ChannelValues,
  denormalize,
  normalize,
} from './normalize.js';
export { normalizedPatches, type NormalizedPatchesOptions } from './normalized-patches.js';
export { patchify, type PatchGrid, type PixelValues, unpatchify } from './patchify.js';

// Pictures: mixed with one another, and their labels
export { drawMixing, type Mixing, type MixingOptions, mixingRules } from './mixing/draw-mixing.js';
export { mixPatches, type PatchBatch } from './mixing/mix-patches.js';
export { labelSmoothingRule, softTargets, type SoftTargetOptions } from './mixing/soft-targets.js';
export { symmetricBeta } from './mixing/beta.js';

// Captions: text to ids and back
export { createTokenizer, type TokenizerOptions } from './create-tokenizer.js';
export { type PaddedText, specialPieces, type Tokenizer, tokenizerFromPieces } from './tokenizer.js';
export { encodeCaption, type EncodeCaptionOptions, type EncodedCaption } from './encode-caption.js';

// Captions: fewer pieces for a small model
export {
  tokenizerFromMapping,
  toFullIds,
  toTrimmedIds,
  type TrimmedVocabulary,
  type TrimOptions,
  trimVocabulary,
  type VocabularyMapping,
} from './trim-vocabulary.js';
