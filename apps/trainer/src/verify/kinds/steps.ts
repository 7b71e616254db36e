import { toReferenceNames } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { adamW, chain, clipByGlobalNorm, skipNonFinite, warmupCosine } from '@m3ae/optim';
import type { M3aeTensors } from '@m3ae/tasks';
import { createTrainStep, lossGradients } from '@m3ae/training';
import { createChecker } from '../checker.js';
import type { Runner } from '@m3ae/compile';
import { measureError } from '../measure.js';
import type { Check, Checker, GoldenCase } from '../types.js';
import { forward } from './forward.js';
import { maskRows } from './mask-rows.js';
import { checkRepresentations } from './representations.js';
import { readSteps, type StepsSetup } from './steps-setup.js';

/** Checks everything that a case of several optimiser steps holds, for M3AE or its image-only twin. */
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
  if (setup.steps.length === 0) return;
  const { task, optimizer } = setup;
  const { b1, b2, eps, weightDecay, clipNorm } = optimizer;
  const decay = (path: string) => task.decays(path);
  const step = createTrainStep({
    task,
    optimizer: skipNonFinite(chain(clipByGlobalNorm(clipNorm), adamW({ b1, b2, eps, weightDecay, decay }))),
    schedule: warmupCosine({
      init: optimizer.initLearningRate,
      peak: optimizer.peakLearningRate,
      end: optimizer.endLearningRate,
      warmupSteps: optimizer.warmupSteps,
      totalSteps: optimizer.totalSteps,
    }),
    runner,
  });
  let { state } = step.initFrom(setup.params);
  for (const [count, expected] of setup.steps.entries()) {
    const result = await step.run(state, setup.batch(count), count);
    state = result.state;
    checkMetrics(setup, count, expected, result.metrics, check);
  }
  await step.dispose();
  if (!check.expects('afterSteps')) return;
  const tolerance = setup.tolerance('afterSteps');
  for (const [name, leaf] of Object.entries(toReferenceNames(state.params))) {
    check.tensor(`afterSteps/${name}`, () => leaf, 'absolute', tolerance);
  }
}

function checkMetrics(
  setup: StepsSetup,
  count: number,
  expected: Readonly<Record<string, unknown>>,
  metrics: Readonly<Record<string, NdArray>>,
  check: Checker,
): void {
  for (const [name, value] of Object.entries(expected)) {
    const label = `steps[${count}].${name}`;
    if (name === 'step') {
      check.number(label, count, value as number, 'exact', 0);
    } else if (name === 'learningRate') {
      // The case format gives rates no tolerance; a millionth of the peak is a dozen float32 steps.
      check.number(
        label,
        metrics[name]?.data[0],
        value as number,
        'absolute',
        1e-6 * setup.optimizer.peakLearningRate,
      );
    } else if (name === 'gradientNorm') {
      check.number(
        label,
        metrics[name]?.data[0],
        value as number,
        'relative',
        setup.tolerance('gradientRelative'),
      );
    } else {
      check.number(label, metrics[name]?.data[0], value as number, 'absolute', setup.tolerance('loss'));
    }
  }
}
