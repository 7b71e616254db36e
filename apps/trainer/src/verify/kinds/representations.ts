import { type M3aeParams, type MaeParams, representM3ae, representMae } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Runner } from '@m3ae/compile';
import type { Checker } from '../types.js';
import type { StepsSetup } from './steps-setup.js';

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
