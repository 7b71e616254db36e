import { foldIn, type RngKey, uniform } from '@m3ae/random';
import { type NdArray, sizeOfShape } from '@m3ae/tree';
import type { ClipConfig } from './clip/config.js';
import type { M3aeConfig } from './config.js';

/** Uniform numbers of one block; only those that the config uses. */
export type BlockNoise<Leaf> = {
  /** Attention dropout: [batch, heads, tokens, tokens]. */
  readonly attention?: Leaf;
  /** Dropout after the projection: [batch, tokens, dim]. */
  readonly projection?: Leaf;
  /** Dropout inside the MLP: [batch, tokens, mlpRatio * dim]. */
  readonly hidden?: Leaf;
  /** Dropout after the MLP: [batch, tokens, dim]. */
  readonly output?: Leaf;
  /** Drop path of the attention branch: [batch]. */
  readonly attentionPath?: Leaf;
  /** Drop path of the MLP branch: [batch]. */
  readonly mlpPath?: Leaf;
};

/** Noise of one stack. */
export type StackNoise<Leaf> = { readonly blocks: readonly BlockNoise<Leaf>[] };

/** Noise of a whole forward pass; a representation needs only the encoder's. */
export type ForwardNoise<Leaf> = { readonly encoder?: StackNoise<Leaf>; readonly decoder?: StackNoise<Leaf> };

/** Lengths of the sequences that noise is drawn for. */
export interface NoiseShape {
  readonly batch: number;
  /** Place of the first example in the whole batch, of which these may be a part. Default 0. */
  readonly firstExample?: number;
  /** Patches of a picture; 0 or absent for text alone. */
  readonly imageTokens?: number;
  /** Visible patches: `plan.keep`. By default all of them, as in a representation. */
  readonly imageKeep?: number;
  /** Text length; 0 or absent for pictures alone. */
  readonly textTokens?: number;
  /** Visible text tokens: `plan.keep`. By default all of them. */
  readonly textKeep?: number;
}

type Examples = Pick<NoiseShape, 'batch' | 'firstExample'>;

/**
 * Draws the noise of dropout, attention dropout and drop path on the host.
 *
 * What it returns enters a compiled step as `inputs.noise`; without noise the model is deterministic, whatever
 * the rates. Parts whose rate is 0 are absent, so the tree is empty for the reference's defaults.
 *
 * @returns Uniform float32 in [0, 1) by stack and block.
 *
 * @example
 * ```ts
 * const config = resolveM3aeConfig({ size: 'small', dropPath: 0.1 });
 * const noise = drawNoise(key(0), config, { batch: 4, imageTokens: 256, imageKeep: 64 });
 * noise.encoder!.blocks[0]!.attentionPath!.shape; // [4]
 * ```
 */
export function drawNoise(key: RngKey, config: M3aeConfig, shape: NoiseShape): ForwardNoise<NdArray> {
  const { imageTokens = 0, textTokens = 0 } = shape;
  const { decoderDepth: depth, decoderDim: dim, decoderHeads: heads } = config;
  const visible = 1 + (shape.imageKeep ?? imageTokens) + (shape.textKeep ?? textTokens);
  const sizes = { depth, tokens: 1 + imageTokens + textTokens, dim, heads };
  return {
    encoder: drawEncoder(key, config, shape, visible),
    decoder: drawStack(foldIn(key, 1), config, shape, sizes),
  };
}

/** As {@link drawNoise} for whole pictures through the trunk: what a classifier and `representTrunk` take. */
export function drawTrunkNoise(
  key: RngKey,
  config: M3aeConfig,
  shape: Pick<NoiseShape, 'batch' | 'firstExample'> & { readonly imageTokens: number },
): { readonly encoder: StackNoise<NdArray> } {
  return { encoder: drawEncoder(key, config, shape, 1 + shape.imageTokens) };
}

/** As {@link drawNoise} for both towers of a CLIP. */
export function drawClipNoise(
  key: RngKey,
  config: ClipConfig,
  shape: Pick<NoiseShape, 'batch' | 'firstExample'> & {
    readonly imageTokens: number;
    readonly textTokens: number;
  },
): { readonly encoder: StackNoise<NdArray>; readonly textTower: StackNoise<NdArray> } {
  const { dim, depth, heads, pooling } = config.textTower;
  const tokens = shape.textTokens + (pooling === 'cls' ? 1 : 0);
  return {
    ...drawTrunkNoise(key, config, shape),
    textTower: drawStack(foldIn(key, 2), config, shape, { depth, tokens, dim, heads }),
  };
}

/**
 * Share of examples that skip a branch of block `index`.
 * The `linear` schedule rises from 0 to `dropPath` within each stack.
 */
export function dropPathRate(config: M3aeConfig, index: number, depth: number): number {
  if (config.dropPathSchedule === 'constant') return config.dropPath;
  return depth === 1 ? config.dropPath : (config.dropPath * index) / (depth - 1);
}

interface StackSizes {
  readonly depth: number;
  readonly tokens: number;
  readonly dim: number;
  readonly heads: number;
}

function drawEncoder(
  key: RngKey,
  config: M3aeConfig,
  examples: Examples,
  tokens: number,
): StackNoise<NdArray> {
  const { depth, embedDim: dim, heads } = config;
  return drawStack(foldIn(key, 0), config, examples, { depth, tokens, dim, heads });
}

function drawStack(
  key: RngKey,
  config: M3aeConfig,
  examples: Examples,
  sizes: StackSizes,
): StackNoise<NdArray> {
  const blocks = Array.from({ length: sizes.depth }, (_, i) =>
    drawBlock(foldIn(key, i), config, examples, sizes, dropPathRate(config, i, sizes.depth)),
  );
  return { blocks };
}

function drawBlock(
  key: RngKey,
  config: M3aeConfig,
  { batch, firstExample = 0 }: Examples,
  { tokens, dim, heads }: StackSizes,
  path: number,
): BlockNoise<NdArray> {
  const draw = (id: number, shape: readonly number[]): NdArray => ({
    shape,
    data: uniform(foldIn(key, id), sizeOfShape(shape), firstExample * sizeOfShape(shape.slice(1))),
  });
  return {
    ...(config.attentionDropout > 0 && { attention: draw(0, [batch, heads, tokens, tokens]) }),
    ...(config.dropout > 0 && {
      projection: draw(1, [batch, tokens, dim]),
      hidden: draw(2, [batch, tokens, config.mlpRatio * dim]),
      output: draw(3, [batch, tokens, dim]),
    }),
    ...(path > 0 && { attentionPath: draw(4, [batch]), mlpPath: draw(5, [batch]) }),
  };
}
