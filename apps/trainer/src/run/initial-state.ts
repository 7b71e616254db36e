import { fillTree, flattenTree, type NdArray } from '@m3ae/tree';
import type { RngKey } from '@m3ae/random';
import type { TrainState, TrainStep } from '../step/index.js';

/** Path of the bias that the text head adds to its logits. */
const textBias = 'textHead.output.bias';

/**
 * Fresh parameters and optimiser state.
 *
 * @param textHeadBias - What the text head starts with, [vocabSize]; null for zeros, as in the reference.
 */
export function initialState(step: TrainStep, key: RngKey, textHeadBias: Float32Array | null): TrainState {
  const state = step.initialState(key);
  if (textHeadBias === null) return state;
  const leaves = new Map(flattenTree<NdArray>(state.params));
  leaves.set(textBias, { shape: [textHeadBias.length], data: textHeadBias });
  return { ...state, params: fillTree<NdArray>(state.params, leaves) };
}
