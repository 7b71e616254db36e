import { keepLength } from '@m3ae/masking';
import type { M3aeConfig } from '@m3ae/transformer';
import type { TrainerConfig } from '../config/schema.js';
import { clipModel, parameterCount } from './task.js';
import { readsText } from './loaders.js';

/** Tokens of a picture. */
export function patchCount({ image }: Pick<TrainerConfig, 'image'>): number {
  return (image.size / image.patchSize) ** 2;
}

/** Node, the engine's library and its code. */
const baseBytes = 300e6;

/** A worker thread with its decoder: 25 to 50 MB were measured, for 1 to 8 of them. */
const workerBytes = 40e6;

/** Bytes of a training step, by what takes them. */
export interface MemoryParts {
  /** Parameters, their gradients and AdamW's two moments; the new state is written over the old. */
  readonly model: number;
  /** What the examples of a micro-batch keep for the backward pass. */
  readonly activations: number;
  /** Micro-batches that wait for their turn. */
  readonly waiting: number;
  /** Threads that decode. */
  readonly workers: number;
}

/** Floats that one block keeps for its backward pass, an example. */
function blockFloats(tokens: number, dim: number, heads: number, mlpRatio: number): number {
  // Two normalisations with their inputs, queries, keys and values, attention result, two residuals; the MLP twice.
  return tokens * dim * (8 + 2 * mlpRatio) + 2 * heads * tokens * tokens;
}

/** Floats that a stack of blocks keeps, an example: all that is in them, or their inputs and what is in one. */
function stackFloats(
  { train }: TrainerConfig,
  depth: number,
  ...sizes: [tokens: number, dim: number, heads: number, mlpRatio: number]
): number {
  const inside = blockFloats(...sizes);
  return train.recompute === 'blocks' && depth > 0 ? depth * sizes[0] * sizes[1] + inside : depth * inside;
}

/** Floats that a masked autoencoder keeps of one example. */
function maskedFloats(config: TrainerConfig, model: M3aeConfig): number {
  const { method, image, text, loss } = config;
  const patches = patchCount({ image });
  const textLength = readsText(method) ? text.maxLength : 0;
  const keptText = textLength > 0 ? keepLength(textLength, text.maskRatio) : 0;
  const visible = 1 + keepLength(patches, image.maskRatio) + keptText;
  const hiddenText = loss.textAllTokens ? textLength : textLength - keptText;
  const all = 1 + patches + textLength;
  const { depth, embedDim, heads, mlpRatio, decoderDepth, decoderDim, decoderHeads } = model;
  return (
    stackFloats(config, depth, visible, embedDim, heads, mlpRatio) +
    stackFloats(config, decoderDepth, all, decoderDim, decoderHeads, mlpRatio) +
    2 * hiddenText * model.vocabSize
  );
}

/** Floats that whole pictures, and captions where the method has a tower for them, keep of one example. */
function wholeFloats(config: TrainerConfig, model: M3aeConfig, batch: number): number {
  const tokens = 1 + patchCount(config);
  const trunk = stackFloats(config, model.depth, tokens, model.embedDim, model.heads, model.mlpRatio);
  if (config.method !== 'clip') return trunk;
  const { dim, depth, heads, length } = clipModel(model).textTower;
  return trunk + stackFloats(config, depth, length, dim, heads, model.mlpRatio) + 4 * batch;
}

/**
 * What a training run holds in memory, as a rough estimate.
 *
 * Measured peak of two steps and estimate in GB, at 256 px, with 64 word pieces, on one thread. A model of 9 M parameters: 8 examples
 * .63, .78. ViT-S: 1 example 1.52, 1.73; 8 2.47, 3.34. ViT-B: 4 examples 3.28, 3.74; 16 5.41, 6.82. ViT-L: 1 example 6.53, 6.67.
 */
export function memoryParts(config: TrainerConfig, model: M3aeConfig): MemoryParts {
  const { method, train, data, image } = config;
  const batch = train.batchSize / train.accumulate;
  const masked = method === 'm3ae' || method === 'mae';
  const floats = masked ? maskedFloats(config, model) : wholeFloats(config, model, batch);
  const parameters = parameterCount(config, model);
  const passes = data.unpairedText === null ? 1 : 2;
  return {
    model: 4 * 4 * parameters,
    activations: 4 * passes * batch * floats,
    waiting: 4 * data.queueSize * batch * 3 * image.size ** 2,
    workers: data.workers * workerBytes,
  };
}

/** {@link memoryParts} and the program itself, in bytes. */
export function estimateMemory(config: TrainerConfig, model: M3aeConfig): number {
  return Object.values(memoryParts(config, model)).reduce((sum, bytes) => sum + bytes, baseBytes);
}
