import {
  probeStateFrom,
  type ProbeStepResult,
  referenceProbeScores,
  referenceProbeStep,
  type ReferenceProbeState,
} from '@m3ae/evaluation/probe';
import { type Pooling, poolTokens } from '@m3ae/transformer';
import { type NdArray, scalarArray } from '@m3ae/tree';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { Runner } from '@m3ae/compile';
import { type Check, type Checker, createChecker } from './checker.js';
import type { GoldenCase } from './golden-case.js';
import { type LinearProbeSetup, readLinearProbe } from './linear-probe-setup.js';

/** Tokens to one vector each; features that are vectors already stay. */
const pooled = (features: Tensor, pooling: Pooling) =>
  features.rank === 3 ? poolTokens(features as Tensor3D, pooling) : (features as Tensor2D);

/** Checks a case of the reference's linear probe: every step, the running statistics, and evaluation by them. */
export async function verifyLinearProbe(golden: GoldenCase, runner: Runner): Promise<Check[]> {
  const setup = readLinearProbe(golden);
  const check = createChecker(golden, 'expected/');
  const state = await checkSteps(setup, runner, check);
  const { mean, variance } = state.running;
  check.tensor('runningStatistics/bn/mean', () => mean, 'output', setup.tolerance('output'));
  check.tensor('runningStatistics/bn/var', () => variance, 'output', setup.tolerance('output'));
  if (check.expects('afterSteps')) {
    const tolerance = setup.tolerance('afterSteps');
    check.tensor('afterSteps/Dense_0/kernel', () => state.params.kernel, 'absolute', tolerance);
    check.tensor('afterSteps/Dense_0/bias', () => state.params.bias, 'absolute', tolerance);
  }
  await checkEvaluation(setup, state, runner, check);
  return check.finish();
}

async function checkSteps(
  { start, steps, batches, learning, pooling, schedule, peakLearningRate, tolerance }: LinearProbeSetup,
  runner: Runner,
  check: Checker,
): Promise<ReferenceProbeState<NdArray>> {
  const step = referenceProbeStep(learning);
  const program = runner<ProbeStepResult<NdArray>>(
    'linear probe step',
    (
      before: ReferenceProbeState<Tensor>,
      batch: { features: Tensor; labels: Tensor; learningRate: Tensor },
    ) => step(before, { ...batch, features: pooled(batch.features, pooling) }),
  );
  let state = probeStateFrom(start);
  for (const [count, expected] of steps.entries()) {
    const learningRate = schedule(count);
    const result = await program.run(state, { ...batches[count]!, learningRate: scalarArray(learningRate) });
    state = result.state;
    check.tensor(`logits/${count}`, () => result.logits, 'output', tolerance('output'));
    const received = { loss: result.loss.data[0], learningRate };
    check.step(count, received, expected, { peakLearningRate, tolerance });
  }
  await program.dispose();
  return state;
}

async function checkEvaluation(
  { evaluation, learning, pooling, tolerance }: LinearProbeSetup,
  state: ReferenceProbeState<NdArray>,
  runner: Runner,
  check: Checker,
): Promise<void> {
  if (!check.expects('evaluationLogits')) return;
  const score = referenceProbeScores(learning);
  const program = runner<{ logits: NdArray }>(
    'linear probe scores',
    (after: Pick<ReferenceProbeState<Tensor>, 'params' | 'running'>, features: Tensor) => ({
      logits: score(after, pooled(features, pooling)),
    }),
  );
  const { logits } = await program.run({ params: state.params, running: state.running }, evaluation());
  await program.dispose();
  check.tensor('evaluationLogits', () => logits, 'output', tolerance('output'));
}
