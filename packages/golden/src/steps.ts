import type { Runner } from '@m3ae/compile';
import { createOptimizer } from '@m3ae/optim';
import type { M3aeTensors } from '@m3ae/tasks';
import { createTrainStep, lossGradients } from '@m3ae/training';
import {
  applyM3ae,
  applyMae,
  type M3aeParams,
  type MaeParams,
  representM3ae,
  representMae,
  toReferenceNames,
} from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { maskRows } from './case-inputs.js';
import { type Check, type Checker, createChecker, measureError } from './checker.js';
import type { GoldenCase } from './golden-case.js';
import { readSteps, type StepsSetup } from './steps-setup.js';

/** Checks everything that a case of several optimizer steps holds, for M3AE or its image-only twin. */
export async function verifySteps(
  golden: GoldenCase,
  runner: Runner,
  method: 'm3ae' | 'mae',
): Promise<Check[]> {
  const setup = readSteps(golden, method);
  const check = createChecker(golden, 'expected/');
  checkPatches(golden, setup, check);
  await checkOutputs(setup, runner, check);
  await checkRepresentations(setup, runner, check);
  await checkGradients(setup, runner, check);
  await checkUpdates(setup, runner, check);
  return check.finish();
}

/** The file's own patches must be ours, element for element. */
function checkPatches(golden: GoldenCase, { inputs }: StepsSetup, check: Checker): void {
  const patches = golden.tensors.get('input/patches');
  if (!patches || !inputs.patches) return;
  const same = patches.shape.join() === inputs.patches.shape.join();
  const error = same ? measureError(inputs.patches.data, patches.data, 'exact') : NaN;
  check.number('input/patches', error, 0, 'exact', 0);
}

/** Masks, and the predictions of every token at step 0. */
async function checkOutputs(setup: StepsSetup, runner: Runner, check: Checker): Promise<void> {
  const plans = setup.plans(0);
  const batch = setup.batch(0);
  const { inputs } = setup;
  const masks = [
    ['imageMask', plans.image, inputs.patches],
    ['textMask', plans.text, inputs.tokenIds],
    ['unpairedTextMask', plans.unpairedText, inputs.unpairedTokenIds],
  ] as const;
  for (const [name, plan, input] of masks) {
    if (plan && input) check.tensor(name, () => maskRows(plan, input.shape[0]!), 'exact', 0);
  }
  const names = ['imageOutput', 'textOutput', 'unpairedTextOutput'] as const;
  if (!names.some((name) => check.expects(name))) return;
  const program = runner<Record<string, NdArray>>('outputs', forward(setup));
  const outputs = await program.run(setup.params, batch);
  await program.dispose();
  for (const name of names) {
    const output = outputs[name];
    if (output) check.tensor(name, () => output, 'output', setup.tolerance('output'));
  }
}

async function checkGradients(setup: StepsSetup, runner: Runner, check: Checker): Promise<void> {
  if (!check.expects('gradient')) return;
  const tolerance = setup.tolerance('gradientRelative');
  const program = runner<{ gradients: Tree<NdArray> }>(
    'gradients',
    (params: Tree<Tensor>, batch: M3aeTensors) => ({
      gradients: lossGradients(setup.task, params, batch).gradients,
    }),
  );
  const { gradients } = await program.run(setup.params, setup.batch(0));
  await program.dispose();
  for (const [name, gradient] of Object.entries(toReferenceNames(gradients))) {
    check.tensor(`gradient/${name}`, () => gradient, 'relative', tolerance);
  }
}

/** Every step of the case through the same function that a training run compiles. */
async function checkUpdates(setup: StepsSetup, runner: Runner, check: Checker): Promise<void> {
  const { task, optimizer } = setup;
  if (!optimizer) return;
  const { b1, b2, eps, weightDecay, clipNorm, schedule } = optimizer;
  const decay = (path: string) => task.decays(path);
  const step = createTrainStep({
    task,
    optimizer: createOptimizer({ b1, b2, epsilon: eps, weightDecay, decay, clipNorm }),
    schedule,
    runner,
  });
  const limits = { peakLearningRate: optimizer.peakLearningRate, tolerance: setup.tolerance };
  let { state } = step.initFrom(setup.params);
  for (const [count, expected] of setup.steps.entries()) {
    const result = await step.run(state, () => setup.batch(count), count);
    state = result.state;
    const received = Object.entries(result.metrics).map(([name, { data }]) => [name, data[0]]);
    check.step(count, Object.fromEntries(received), expected, limits);
  }
  await step.dispose();
  if (!check.expects('afterSteps')) return;
  const tolerance = setup.tolerance('afterSteps');
  for (const [name, leaf] of Object.entries(toReferenceNames(state.params))) {
    check.tensor(`afterSteps/${name}`, () => leaf, 'absolute', tolerance);
  }
}

/** The predictions of every token, of the paired and of the unpaired batch, as a pure function of tensors. */
function forward(setup: StepsSetup): (params: Tree<Tensor>, batch: M3aeTensors) => Record<string, Tensor> {
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
async function checkRepresentations(setup: StepsSetup, runner: Runner, check: Checker): Promise<void> {
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
