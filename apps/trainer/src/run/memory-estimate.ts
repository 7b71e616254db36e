import { keepLength } from '@m3ae/masking';
import { m3aeShapes, maeShapes, type M3aeConfig } from '@m3ae/transformer';
import { countElements } from '@m3ae/tree';
import type { TrainerConfig } from '../config/schema.js';
import { patchCount } from './plans.js';

/** Node, the engine's library and its code. */
const baseBytes = 300e6;

/** Floats that one block keeps for its backward pass, an example. */
function blockFloats(tokens: number, dim: number, heads: number, mlpRatio: number): number {
  // Two normalisations with their inputs, queries, keys and values, attention result, two residuals; the MLP twice.
  return tokens * dim * (8 + 2 * mlpRatio) + 2 * heads * tokens * tokens;
}

/**
 * Memory of a training step in bytes: parameters, their gradients, AdamW's two moments, the second copy
 * that the swapped state needs, and the activations of one micro-batch.
 */
export function estimateMemory(
  { method, train, image, text, data, loss }: TrainerConfig,
  model: M3aeConfig,
): number {
  const parameters = countElements(method === 'mae' ? maeShapes(model) : m3aeShapes(model));
  const batch = train.batchSize / train.accumulate;
  const patches = patchCount({ image });
  const textLength = method === 'mae' ? 0 : text.maxLength;
  const visible =
    1 + keepLength(patches, image.maskRatio) + (textLength > 0 ? keepLength(textLength, text.maskRatio) : 0);
  const hiddenText = loss.textAllTokens
    ? textLength
    : textLength - (textLength > 0 ? keepLength(textLength, text.maskRatio) : 0);
  const encoder = model.depth * blockFloats(visible, model.embedDim, model.heads, model.mlpRatio);
  const decoder =
    model.decoderDepth *
    blockFloats(1 + patches + textLength, model.decoderDim, model.decoderHeads, model.mlpRatio);
  const logits = 2 * hiddenText * model.vocabSize;
  const passes = data.unpairedText === null ? 1 : 2;
  return baseBytes + 4 * (7 * parameters + passes * batch * (encoder + decoder + logits));
}
