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
  const { batch, firstExample, imageTokens = 0, textTokens = 0 } = shape;
  const visible = 1 + (shape.imageKeep ?? imageTokens) + (shape.textKeep ?? textTokens);
  const stackNoise = (id: number, depth: number, tokens: number, dim: number, heads: number) =>
    drawStack(foldIn(key, id), config, depth, { batch, firstExample, tokens, dim, heads });
  return {
    encoder: stackNoise(0, config.depth, visible, config.embedDim, config.heads),
    decoder: stackNoise(
      1,
      config.decoderDepth,
      1 + imageTokens + textTokens,
      config.decoderDim,
      config.decoderHeads,
    ),
  };
}

/** As {@link drawNoise} for whole pictures through the trunk: what a classifier and `representTrunk` take. */
export function drawTrunkNoise(
  key: RngKey,
  config: M3aeConfig,
  shape: Pick<NoiseShape, 'batch' | 'firstExample'> & { readonly imageTokens: number },
): { readonly encoder: StackNoise<NdArray> } {
  const { depth, embedDim: dim, heads } = config;
  return {
    encoder: drawStack(foldIn(key, 0), config, depth, {
      batch: shape.batch,
      firstExample: shape.firstExample,
      tokens: 1 + shape.imageTokens,
      dim,
      heads,
    }),
  };
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
  const sizes = { batch: shape.batch, firstExample: shape.firstExample, tokens, dim, heads };
  return {
    ...drawTrunkNoise(key, config, shape),
    textTower: drawStack(foldIn(key, 2), config, depth, sizes),
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

interface BlockSizes {
  readonly batch: number;
  readonly firstExample?: number | undefined;
  readonly tokens: number;
  readonly dim: number;
  readonly heads: number;
  readonly path: number;
}

function drawStack(
  key: RngKey,
  config: M3aeConfig,
  depth: number,
  sizes: Omit<BlockSizes, 'path'>,
): StackNoise<NdArray> {
  return {
    blocks: Array.from({ length: depth }, (_, i) =>
      drawBlock(foldIn(key, i), config, { ...sizes, path: dropPathRate(config, i, depth) }),
    ),
  };
}

function drawBlock(
  key: RngKey,
  config: M3aeConfig,
  { batch, firstExample = 0, tokens, dim, heads, path }: BlockSizes,
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
