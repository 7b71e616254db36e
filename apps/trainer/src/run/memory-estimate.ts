import { keepLength } from '@m3ae/masking';
import type { M3aeConfig } from '@m3ae/transformer';
import type { TrainerConfig } from '../config/schema.js';
import { clipModel, parameterCount } from '../step/index.js';
import { readsText } from './loaders.js';
import { patchCount } from './plans.js';

/** Node, the engine's library and its code. */
const baseBytes = 300e6;

/** Floats that one block keeps for its backward pass, an example. */
function blockFloats(tokens: number, dim: number, heads: number, mlpRatio: number): number {
  // Two normalisations with their inputs, queries, keys and values, attention result, two residuals; the MLP twice.
  return tokens * dim * (8 + 2 * mlpRatio) + 2 * heads * tokens * tokens;
}

/** Floats that a masked autoencoder keeps of one example. */
function maskedFloats({ method, image, text, loss }: TrainerConfig, model: M3aeConfig): number {
  const patches = patchCount({ image });
  const textLength = readsText(method) ? text.maxLength : 0;
  const keptText = textLength > 0 ? keepLength(textLength, text.maskRatio) : 0;
  const visible = 1 + keepLength(patches, image.maskRatio) + keptText;
  const hiddenText = loss.textAllTokens ? textLength : textLength - keptText;
  const decoder = blockFloats(1 + patches + textLength, model.decoderDim, model.decoderHeads, model.mlpRatio);
  return (
    model.depth * blockFloats(visible, model.embedDim, model.heads, model.mlpRatio) +
    model.decoderDepth * decoder +
    2 * hiddenText * model.vocabSize
  );
}

/** Floats that whole pictures, and captions where the method has a tower for them, keep of one example. */
function wholeFloats({ method, image }: TrainerConfig, model: M3aeConfig, batch: number): number {
  const trunk =
    model.depth * blockFloats(1 + patchCount({ image }), model.embedDim, model.heads, model.mlpRatio);
  if (method !== 'clip') return trunk;
  const { dim, depth, heads, length } = clipModel(model).textTower;
  return trunk + depth * blockFloats(length, dim, heads, model.mlpRatio) + 4 * batch;
}

/**
 * Memory of a training step in bytes: parameters, their gradients, AdamW's two moments, the second copy
 * that the swapped state needs, and the activations of one micro-batch.
 */
export function estimateMemory(config: TrainerConfig, model: M3aeConfig): number {
  const { method, train, data } = config;
  const parameters = parameterCount(method, model);
  const batch = train.batchSize / train.accumulate;
  const masked = method === 'm3ae' || method === 'mae';
  const floats = masked ? maskedFloats(config, model) : wholeFloats(config, model, batch);
  const passes = data.unpairedText === null ? 1 : 2;
  return baseBytes + 4 * (7 * parameters + passes * batch * floats);
}
