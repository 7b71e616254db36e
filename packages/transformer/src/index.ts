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

// Its parameters
export type {
  BlockParams,
  HeadParams,
  LinearParams,
  M3aeParams,
  MaeParams,
  NormParams,
  StackParams,
} from './params.js';
export { type Initializer, m3aeShapes, maeShapes, type ParameterShape } from './shapes.js';
export { initM3ae, initMae } from './init.js';

// Running it
export type { GridOptions, ImageInputs, M3aeInputs } from './model/inputs.js';
export {
  type Applied,
  applyM3ae,
  applyMae,
  type ApplyOptions,
  type Represented,
  representM3ae,
  representMae,
} from './model/apply.js';
export type { Predictions } from './model/decoder.js';
export type { Activations } from './activations.js';
export {
  type BlockNoise,
  drawNoise,
  dropPathRate,
  type ForwardNoise,
  type NoiseShape,
  type StackNoise,
} from './noise.js';

// Names of parameters elsewhere, and what decays
export {
  fromReferenceNames,
  type ModelKind,
  referenceName,
  type ReferenceParams,
  toReferenceNames,
} from './names/reference.js';
export { fromFacebookNames, toFacebookNames } from './names/facebook.js';
export type { NamedArrays } from './names/misfits.js';
export { decayed, type DecayRule, noDecayNames } from './names/decay.js';

// Parts for other models
export { positions1d, positions2d } from './positions.js';
export { layerNorm } from './fused/layer-norm.js';
export { gelu } from './fused/gelu.js';
export { attentionSoftmax } from './fused/softmax.js';
export { lookUp } from './fused/embedding.js';
