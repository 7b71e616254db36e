import { applyM3ae, applyMae, type M3aeParams, type MaeParams } from '@m3ae/transformer';
import type { Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { requirePictures, requireText } from '../../step/require.js';
import type { StepBatch } from '../../step/types.js';
import type { StepsSetup } from './steps-setup.js';

/** The predictions of every token, of the paired and of the unpaired batch, as a pure function of tensors. */
export function forward(
  setup: StepsSetup,
): (params: Tree<Tensor>, batch: StepBatch<Tensor>) => Record<string, Tensor> {
  const { model, method } = setup;
  return (params, batch) => {
    if (method === 'mae') {
      const { output } = applyMae(params as MaeParams<Tensor>, model, requirePictures(batch), {
        predict: 'all',
      });
      return { imageOutput: output.image };
    }
    const weights = params as M3aeParams<Tensor>;
    const paired = applyM3ae(
      weights,
      model,
      { ...(batch.patches && requirePictures(batch)), ...(batch.tokenIds && requireText(batch)) },
      { predict: 'all' },
    ).output;
    const unpaired =
      batch.unpairedText &&
      applyM3ae(weights, model, requireText(batch.unpairedText), { predict: 'all' }).output;
    return {
      ...(paired.image && { imageOutput: paired.image }),
      ...(paired.text && { textOutput: paired.text }),
      ...(unpaired?.text && { unpairedTextOutput: unpaired.text }),
    };
  };
}
