import { keepLength } from '@m3ae/masking';
import { type M3aeConfig, requireClipConfig } from '@m3ae/transformer';
import type { Recompute } from './options.js';
import { patchesOf, type WorkSizes } from './flops.js';
import { methodTraits } from './methods.js';

/** What the memory of a training depends on beside the model. */
export interface TrainingSizes extends WorkSizes {
  readonly text: WorkSizes['text'] & { readonly leaveOutPadding: boolean };
  readonly optimizer: { readonly kind: string };
  readonly train: {
    readonly batchSize: number;
    readonly accumulate: number;
    readonly replicas: number;
    readonly recompute: Recompute;
  };
  readonly data: {
    readonly workers: number;
    readonly queueSize: number;
    readonly unpairedText: object | null;
  };
}

/** What the sizes do not tell. */
export interface MemoryFacts {
  /** Numbers that are trained. */
  readonly parameters: number;
  /** Word pieces of the longest caption. Default: `text.maxLength`. */
  readonly words?: number;
}

/** Node, the engine's library and its code, the recording of a graph, and the session that measures the validation part. */
const baseBytes = 430e6;

/** A worker thread with its decoder: 25 to 50 MB were measured, for 1 to 8 of them. */
const workerBytes = 40e6;

/** Bytes of a training step, by what takes them. */
export interface MemoryParts {
  /** Parameters, the optimizer's moments, and sums of gradients; the new state is written over the old. */
  readonly model: number;
  /**
   * The most that is alive at a time of what examples keep for the backward pass and of gradients: the former are there when that pass
   * begins, the latter when it ends.
   */
  readonly activations: number;
  /** Micro-batches that wait for their turn. */
  readonly waiting: number;
  /** Threads that decode. */
  readonly workers: number;
}

/** Floats that one block keeps for its backward pass, an example. */
function blockFloats(tokens: number, dim: number, mlpRatio: number, large: boolean): number {
  // Both inputs of what is added up, queries, keys and values, attention result, the MLP before its activation. In graphs that are not
  // large also normalizations, residuals and the activation's result. Scores of attention are computed again.
  return tokens * dim * (large ? 6 + mlpRatio : 9 + 2 * mlpRatio);
}

/** Floats that a stack of blocks keeps, an example: all that is in them, or their inputs and what is in one. */
function stackFloats(
  { train }: TrainingSizes,
  depth: number,
  ...sizes: [tokens: number, dim: number, mlpRatio: number, large: boolean]
): number {
  const inside = blockFloats(...sizes);
  return train.recompute === 'blocks' && depth > 0 ? depth * sizes[0] * sizes[1] + inside : depth * inside;
}

/**
 * Visible and hidden places of a text that are computed: where padding is left out, some of them, as `leaveOutPadding` of `@m3ae/masking`
 * says.
 *
 * @param words - Word pieces of the longest caption.
 */
function textPlaces(
  { maxLength, maskRatio, leaveOutPadding }: TrainingSizes['text'],
  words: number,
): [number, number] {
  const kept = keepLength(maxLength, maskRatio);
  const hidden = maxLength - kept;
  const level = leaveOutPadding ? ([0.25, 0.5, 0.75].find((share) => words <= share * maxLength) ?? 1) : 1;
  return [
    Math.min(kept, Math.ceil(kept * level * 1.5) + 1),
    Math.min(hidden, Math.ceil(hidden * level * 1.1)),
  ];
}

/** Floats that a masked autoencoder keeps of one example. */
function maskedFloats(config: TrainingSizes, model: M3aeConfig, large: boolean, words = Infinity): number {
  const { method, image, text, loss } = config;
  const patches = patchesOf(image);
  const [keptText, hiddenText] = methodTraits(method).rebuildsText ? textPlaces(text, words) : [0, 0];
  const visible = 1 + keepLength(patches, image.maskRatio) + keptText;
  const all = 1 + patches + keptText + hiddenText;
  const told = hiddenText + (loss.textAllTokens ? keptText : 0);
  const { depth, embedDim, mlpRatio, decoderDepth, decoderDim } = model;
  const pixels = model.channels * model.patchSize ** 2;
  return (
    stackFloats(config, depth, visible, embedDim, mlpRatio, large) +
    stackFloats(config, decoderDepth, all, decoderDim, mlpRatio, large) +
    2 * told * model.vocabSize +
    3 * patches * pixels +
    2 * (patches - keepLength(patches, image.maskRatio)) * (model.imageOutputDim ?? 0)
  );
}

/** Floats that whole pictures, and captions where the method has a tower for them, keep of one example. */
function wholeFloats(config: TrainingSizes, model: M3aeConfig, large: boolean, batch: number): number {
  const tokens = 1 + patchesOf(config.image);
  const trunk = stackFloats(config, model.depth, tokens, model.embedDim, model.mlpRatio, large);
  if (!methodTraits(config.method).contrasts) return trunk;
  const { dim, depth, length } = requireClipConfig(model).textTower;
  return trunk + stackFloats(config, depth, length, dim, model.mlpRatio, large) + 4 * batch;
}

/** The gradients that are there while most activations still are: those of the largest head. */
const headFloats = ({ method }: TrainingSizes, { decoderDim, vocabSize }: M3aeConfig) =>
  methodTraits(method).rebuildsText ? decoderDim * vocabSize : 0;

/** Kept bytes from which a graph is large: the engine then computes norms and activations again. */
const largeBytes = 2 ** 29;

/**
 * What a training holds in memory, in bytes, as an estimate for the compiled engine on a CPU: within 15 % of the peaks that were
 * measured.
 */
export function memoryParts(
  config: TrainingSizes,
  model: M3aeConfig,
  { parameters, words }: MemoryFacts,
): MemoryParts {
  const { method, train, data, image, optimizer } = config;
  const { accumulate, replicas } = train;
  const batch = train.batchSize / accumulate;
  const masked = methodTraits(method).rebuildsPictures;
  const floats = (large: boolean) =>
    masked ? maskedFloats(config, model, large, words) : wholeFloats(config, model, large, batch);
  const moments = optimizer.kind === 'adamW' ? 2 : 1;
  const passes = data.unpairedText === null ? 1 : 2;
  const large = 4 * passes * batch * floats(false) > largeBytes;
  const kept = passes * batch * floats(large) + headFloats(config, model);
  // Micro-batches add to sums that stay: each replica to its own, and all to one.
  const sums = accumulate === 1 ? 0 : replicas === 1 ? 1 : replicas + 1;
  return {
    model: 4 * (1 + moments + sums) * parameters,
    activations: 4 * (accumulate === 1 ? Math.max(kept, parameters) : replicas * kept),
    waiting: 4 * data.queueSize * batch * 3 * image.size ** 2,
    workers: data.workers * workerBytes,
  };
}

/** {@link memoryParts} and the program itself, in bytes. */
export function estimateMemory(config: TrainingSizes, model: M3aeConfig, facts: MemoryFacts): number {
  return Object.values(memoryParts(config, model, facts)).reduce((sum, bytes) => sum + bytes, baseBytes);
}
