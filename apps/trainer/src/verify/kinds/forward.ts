import { applyM3ae, applyMae, type M3aeParams, type MaeParams } from '@m3ae/transformer';
import type { Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { M3aeTensors } from '@m3ae/tasks';
import type { StepsSetup } from './steps-setup.js';

/** The predictions of every token, of the paired and of the unpaired batch, as a pure function of tensors. */
export function forward(
  setup: StepsSetup,
): (params: Tree<Tensor>, batch: M3aeTensors) => Record<string, Tensor> {
  const { model, method } = setup;
  return (params, batch) => {
    if (method === 'mae') {
      const { output } = applyMae(params as MaeParams<Tensor>, model, batch, {
        predict: 'all',
      });
      return { imageOutput: output.image };
    }
    const weights = params as M3aeParams<Tensor>;
    const { unpairedText, ...paired } = batch;
    const rebuilt = applyM3ae(weights, model, paired, { predict: 'all' }).output;
    const unpaired = unpairedText && applyM3ae(weights, model, unpairedText, { predict: 'all' }).output;
    return {
      ...(rebuilt.image && { imageOutput: rebuilt.image }),
      ...(rebuilt.text && { textOutput: rebuilt.text }),
      ...(unpaired?.text && { unpairedTextOutput: unpaired.text }),
    };
  };
}
