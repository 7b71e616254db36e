// Choosing a model
export {
  type M3aeConfig,
  type M3aeConfigInput,
  type M3aeDimensions,
  type M3aeSize,
  m3aeSizes,
  patchDim,
  resolveM3aeConfig,
} from './config.js';
export { modelRules } from './config-rules.js';
export {
  type ClipConfig,
  type ClipConfigInput,
  clipShapes,
  resolveClipConfig,
  type TextTowerConfig,
  textTowerRules,
} from './clip/config.js';
export { type ClassifierConfig, classifierShapes, resolveClassifierConfig } from './classifier.js';
export { poolingRule } from './layers/heads.js';
export { type ModelConfig, requireClassifierConfig, requireClipConfig, trunkConfig } from './model-kinds.js';

// Its parameters
export type {
  BlockParams,
  ClassifierParams,
  ClipParams,
  HeadParams,
  LinearParams,
  M3aeParams,
  MaeParams,
  NormParams,
  StackParams,
  TextTowerParams,
  TrunkParams,
} from './params.js';
export { type Initializer, m3aeShapes, maeShapes, type ParameterShape, trunkShapes } from './shapes.js';
export { initClassifier, initClip, initM3ae, initMae } from './init.js';

// Running it
export type { ForwardOptions, GridOptions, ImageInputs, M3aeInputs } from './model/inputs.js';
export {
  type Applied,
  applyM3ae,
  applyMae,
  type ApplyOptions,
  type Represented,
  representM3ae,
  representMae,
  representTrunk,
} from './model/apply.js';
export {
  applyClip,
  type ClipApplied,
  type ClipInputs,
  type ClipNoise,
  type Embedded,
  representClipImages,
  representClipText,
} from './clip/apply.js';
export type { TextInputs } from './clip/text-tower.js';
export { applyClassifier, type Classified } from './classifier.js';
export type { Predictions } from './model/decoder.js';
export type { Activations } from './layers/block.js';
export {
  type BlockNoise,
  drawClipNoise,
  drawNoise,
  drawTrunkNoise,
  type ForwardNoise,
  type NoiseShape,
  type StackNoise,
} from './noise.js';

// Names of parameters elsewhere, and what decays
export {
  fromReferenceNames,
  type ModelKind,
  type NamedArrays,
  type ReferenceParams,
  toReferenceNames,
} from './names/reference.js';
export { decayed, type DecayRule } from './names/decay.js';
export {
  type FacebookParams,
  type FacebookPart,
  fromFacebookNames,
  toFacebookNames,
} from './names/facebook.js';

// Parts for other models
export { type Pooling, poolTokens } from './layers/heads.js';
export { positions1d, positions2d } from './positions.js';
