import { keepLength } from '@m3ae/masking';
import type { ClipConfig, M3aeConfig } from '@m3ae/transformer';
import { type Method, methodTraits } from './methods.js';

/** Of a product of matrices: a multiplication and an addition. */
const linear = (tokens: number, from: number, to: number) => 2 * tokens * from * to;

/** Of one block, forward: queries, keys, values and their output; attention; the MLP. */
function blockFlops(tokens: number, dim: number, mlpRatio: number): number {
  return 4 * linear(tokens, dim, dim) + 4 * tokens ** 2 * dim + 2 * linear(tokens, dim, mlpRatio * dim);
}

/** What the size of a computation depends on beside the model. */
export interface WorkSizes {
  readonly method: Method;
  readonly image: { readonly size: number; readonly patchSize: number; readonly maskRatio: number };
  readonly text: { readonly maxLength: number; readonly maskRatio: number };
  readonly loss: { readonly textAllTokens: boolean };
}

/** Patches of a picture. */
export const patchesOf = ({ size, patchSize }: WorkSizes['image']) => (size / patchSize) ** 2;

function maskedFlops(
  { method, image, text, loss }: WorkSizes,
  model: M3aeConfig,
  realTokens: number,
): number {
  const { embedDim, decoderDim, decoderDepth, depth, mlpRatio, vocabSize } = model;
  const patches = patchesOf(image);
  const pixels = model.channels * model.patchSize ** 2;
  const words = methodTraits(method).rebuildsText ? text.maxLength : 0;
  const keptWords = words > 0 ? keepLength(words, text.maskRatio) : 0;
  const visible = 1 + keepLength(patches, image.maskRatio) + keptWords;
  const all = 1 + patches + words;
  const told = loss.textAllTokens ? words : Math.min(words - keptWords, realTokens);
  return (
    linear(patches, pixels, embedDim) +
    depth * blockFlops(visible, embedDim, mlpRatio) +
    linear(visible, embedDim, decoderDim) +
    decoderDepth * blockFlops(all, decoderDim, mlpRatio) +
    linear(patches, decoderDim, model.imageOutputDim ?? pixels) +
    linear(told, decoderDim, vocabSize)
  );
}

function wholeFlops({ image }: WorkSizes, model: M3aeConfig | ClipConfig): number {
  const patches = patchesOf(image);
  const pixels = model.channels * model.patchSize ** 2;
  const trunk =
    linear(patches, pixels, model.embedDim) +
    model.depth * blockFlops(1 + patches, model.embedDim, model.mlpRatio);
  if (!('textTower' in model)) return trunk;
  const { dim, depth, length } = model.textTower;
  return trunk + depth * blockFlops(length, dim, model.mlpRatio);
}

/**
 * Floating-point operations of one example in a training step. The backward pass counts twice the forward pass, because each product
 * has two gradients; normalizations and activations are left out.
 *
 * @param realTokens - Hidden word pieces of a caption that are no padding; only these get logits. By default all.
 */
export function flopsPerExample(
  config: WorkSizes,
  model: M3aeConfig | ClipConfig,
  realTokens = Infinity,
): number {
  const { rebuildsPictures } = methodTraits(config.method);
  return 3 * (rebuildsPictures ? maskedFlops(config, model, realTokens) : wholeFlops(config, model));
}
