import { type M3aeConfig, patchDim } from './config.js';
import type {
  BlockParams,
  HeadParams,
  LinearParams,
  M3aeParams,
  MaeParams,
  NormParams,
  StackParams,
  TrunkParams,
} from './params.js';

/** How a parameter starts; see {@link ParameterShape}. */
export type Initializer =
  | 'xavier'
  | 'zeros'
  | 'ones'
  | 'normal'
  | 'smallNormal'
  | 'tinyNormal'
  | 'inputNormal'
  | 'lecunNormal'
  | 'logitScale';

/** A parameter before it has values. */
export interface ParameterShape {
  readonly shape: readonly number[];
  /**
   * `xavier` is uniform. `normal` has standard deviation 1, `smallNormal` 0.02, `tinyNormal` 0.01, `inputNormal`
   * 1 / sqrt(inDim), and so has `lecunNormal`, which is cut off at two deviations. `logitScale` is ln(1 / 0.07).
   */
  readonly initializer: Initializer;
}

/**
 * Shapes and initializers of all M3AE parameters, allocating nothing; `countElements` of it is the parameter count.
 *
 * @example
 * ```ts
 * countElements(m3aeShapes(resolveM3aeConfig({ size: 'small' }))); // 74782266
 * ```
 *
 * @see `initM3ae`
 */
export function m3aeShapes(config: M3aeConfig): M3aeParams<ParameterShape> {
  const { embedDim, decoderDim, vocabSize } = config;
  const mae = maeShapes(config);
  const types = mae.types && {
    encoderImage: mae.types.encoderImage,
    encoderText: token(embedDim),
    decoderImage: mae.types.decoderImage,
    decoderText: token(decoderDim),
  };
  return {
    clsToken: mae.clsToken,
    imageMaskToken: mae.imageMaskToken,
    textMaskToken: token(decoderDim),
    ...(types && { types }),
    imageEmbedding: mae.imageEmbedding,
    ...(mae.positions && { positions: mae.positions }),
    ...(mae.inputNorm && { inputNorm: mae.inputNorm }),
    textEmbedding: { table: { shape: [vocabSize, embedDim], initializer: 'normal' } },
    encoder: mae.encoder,
    decoderProjection: mae.decoderProjection,
    decoder: mae.decoder,
    imageHead: mae.imageHead,
    textHead: head(decoderDim, vocabSize, config.outputHeadDepth),
  };
}

/** As {@link m3aeShapes} for the image-only twin: the same parameters without the textual ones. */
export function maeShapes(config: M3aeConfig): MaeParams<ParameterShape> {
  const { embedDim, decoderDim, mlpRatio, learnedPositions: grid } = config;
  const types = { encoderImage: token(embedDim), decoderImage: token(decoderDim) };
  return {
    clsToken: token(embedDim),
    imageMaskToken: token(decoderDim),
    ...(config.useTypeEmbedding && { types }),
    imageEmbedding: linear(patchDim(config), embedDim),
    ...(grid && { positions: { shape: [grid[0] * grid[1], embedDim], initializer: 'smallNormal' } }),
    ...(config.inputNorm === true && { inputNorm: norm(embedDim) }),
    encoder: stack(embedDim, config.depth, mlpRatio),
    decoderProjection: linear(embedDim, decoderDim),
    decoder: stack(decoderDim, config.decoderDepth, mlpRatio),
    imageHead: head(decoderDim, config.imageOutputDim ?? patchDim(config), config.outputHeadDepth),
  };
}

/** As {@link m3aeShapes} for what pictures pass through in every method. */
export function trunkShapes(config: M3aeConfig): TrunkParams<ParameterShape> {
  const { clsToken, types, imageEmbedding, positions, inputNorm, encoder } = maeShapes(config);
  return {
    clsToken,
    ...(types && { types: { encoderImage: types.encoderImage } }),
    imageEmbedding,
    ...(positions && { positions }),
    ...(inputNorm && { inputNorm }),
    encoder,
  };
}

/** One learned vector: [1, 1, dim]. */
export function token(dim: number): ParameterShape {
  return { shape: [1, 1, dim], initializer: 'smallNormal' };
}

/** Kernel [inDim, outDim] and bias. */
export function linear(inDim: number, outDim: number): LinearParams<ParameterShape> {
  return {
    kernel: { shape: [inDim, outDim], initializer: 'xavier' },
    bias: { shape: [outDim], initializer: 'zeros' },
  };
}

/** Scale and bias of a normalization. */
export function norm(dim: number): NormParams<ParameterShape> {
  return { scale: { shape: [dim], initializer: 'ones' }, bias: { shape: [dim], initializer: 'zeros' } };
}

function block(dim: number, mlpRatio: number): BlockParams<ParameterShape> {
  return {
    norm1: norm(dim),
    attention: { qkv: linear(dim, 3 * dim), projection: linear(dim, dim) },
    norm2: norm(dim),
    mlp: { hidden: linear(dim, mlpRatio * dim), output: linear(mlpRatio * dim, dim) },
  };
}

/** Blocks and the last normalization. */
export function stack(dim: number, depth: number, mlpRatio: number): StackParams<ParameterShape> {
  return { blocks: Array.from({ length: depth }, () => block(dim, mlpRatio)), norm: norm(dim) };
}

function head(dim: number, outDim: number, depth: number): HeadParams<ParameterShape> {
  if (depth === 0) return { output: linear(dim, outDim) };
  const layers = Array.from({ length: depth }, () => ({ dense: linear(dim, dim), norm: norm(dim) }));
  return { norm: norm(dim), layers, output: linear(dim, outDim) };
}
