import type { Runner } from '@m3ae/compile';
import type { M3aeTensors } from '@m3ae/tasks';
import {
  applyM3ae,
  applyMae,
  type M3aeParams,
  type MaeParams,
  representM3ae,
  representMae,
} from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Checker } from './checker.js';
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

/** What enters a representation pass. */
type Inputs = { readonly patches?: Tensor; readonly tokenIds?: Tensor; readonly paddingMask?: Tensor };

/** The encoder without masking: with all there is, and on the pictures alone. */
export async function checkRepresentations(setup: StepsSetup, runner: Runner, check: Checker): Promise<void> {
  const { patches, tokenIds, paddingMask } = setup.inputs;
  const run = async (inputs: Record<string, NdArray | undefined>) => {
    const program = runner<{ output: NdArray; attention: NdArray }>('representation', representation(setup));
    const given = Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
    const result = await program.run(setup.params, given);
    await program.dispose();
    return result;
  };
  const tolerance = () => setup.tolerance('output');
  if (check.expects('representation') || check.expects('lastAttention')) {
    const { output, attention } = await run({ patches, tokenIds, paddingMask });
    if (check.expects('representation')) check.tensor('representation', () => output, 'output', tolerance());
    if (check.expects('lastAttention')) check.tensor('lastAttention', () => attention, 'output', tolerance());
  }
  if (check.expects('imageOnlyRepresentation') && patches) {
    const { output } = await run({ patches });
    check.tensor('imageOnlyRepresentation', () => output, 'output', tolerance());
  }
}

function representation({ model, method }: StepsSetup) {
  return (params: Tree<Tensor>, inputs: Inputs): Tree<Tensor> => {
    const { output, activations } =
      method === 'mae'
        ? representMae(params as MaeParams<Tensor>, model, { patches: inputs.patches as Tensor3D })
        : representM3ae(params as M3aeParams<Tensor>, model, {
            patches: inputs.patches as Tensor3D | undefined,
            tokenIds: inputs.tokenIds as Tensor2D | undefined,
            paddingMask: inputs.paddingMask as Tensor2D | undefined,
          });
    return { output, attention: activations[`encoder.blocks.${model.depth - 1}.attention.weights`]! };
  };
}
