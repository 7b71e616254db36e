import type { Runner } from '@m3ae/compile';
import {
  probeStateFrom,
  type ProbeStepResult,
  type ReferenceProbeParams,
  referenceProbeScores,
  type ReferenceProbeState,
  referenceProbeStep,
} from '@m3ae/evaluation/probe';
import { type Pooling, poolTokens } from '@m3ae/transformer';
import { type NdArray, scalarArray } from '@m3ae/tree';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { toNdArray } from './case-inputs.js';
import { type Check, type Checker, createChecker } from './checker.js';
import {
  badCase,
  numberField,
  numberFields,
  objectField,
  objectsField,
  rateKeys,
  readSchedule,
  refuseOtherKeys,
  requireTensor,
  toleranceOf,
} from './fields.js';
import type { GoldenCase } from './golden-case.js';

type Setup = ReturnType<typeof readLinearProbe>;

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
  { start, steps, batches, learning, pooling, schedule, peakLearningRate, tolerance }: Setup,
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
  { evaluation, learning, pooling, tolerance }: Setup,
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

const larsKeys = ['momentum', 'trustCoefficient', 'weightDecay'] as const;

/**
 * A case of the reference's linear probe, ready to run: its batches are tokens [batch, 1 + patches, dim] or vectors
 * [batch, dim], with labels [batch], for each step.
 *
 * @throws BadCase if `case.json` or the tensors are not those of such a case.
 */
function readLinearProbe(golden: GoldenCase) {
  const optimizer = objectField(golden.meta, 'optimizer');
  refuseOtherKeys(optimizer, 'optimizer', ['kind', ...rateKeys, ...larsKeys]);
  const batchNorm = objectField(golden.meta, 'batchNorm');
  refuseOtherKeys(batchNorm, 'batchNorm', ['epsilon', 'momentum']);
  const steps = objectsField(golden.meta, 'steps');
  const start = {
    kernel: toNdArray(requireTensor(golden, 'params/Dense_0/kernel', 2)),
    bias: toNdArray(requireTensor(golden, 'params/Dense_0/bias', 1)),
  };
  const other = 'input/evaluationFeatures';
  return {
    pooling: readPooling(golden.meta.pooling),
    learning: {
      epsilon: numberField(batchNorm, 'epsilon'),
      statisticsMomentum: numberField(batchNorm, 'momentum'),
      variant: readVariant(optimizer.kind),
      ...numberFields(optimizer, larsKeys, { momentum: 0.9, trustCoefficient: 0.001, weightDecay: 0 }),
    },
    steps,
    start,
    batches: steps.map((_, step) => readBatch(golden, step, start)),
    /** What the evaluation's scores are of: the first step's features unless the case has others. */
    evaluation: () => readFeatures(golden, golden.tensors.has(other) ? other : 'input/features/0', start),
    ...readSchedule(optimizer),
    tolerance: toleranceOf(golden),
  };
}

function readPooling(pooling: unknown): Pooling {
  if (pooling === 'cls') return 'cls';
  if (typeof pooling === 'string' && pooling.startsWith('mean')) return 'mean';
  throw badCase('pooling', 'cls or mean of patch tokens', pooling);
}

/** The kind is a sentence of the case format that begins with `lars`; the order is named in it. */
function readVariant(kind: unknown): 'optax' | 'moco' {
  if (typeof kind !== 'string' || !kind.startsWith('lars'))
    throw badCase('optimizer.kind', 'a word that begins with lars', kind);
  return kind.includes('moco') ? 'moco' : 'optax';
}

function readFeatures(golden: GoldenCase, name: string, { kernel }: ReferenceProbeParams<NdArray>): NdArray {
  const features = toNdArray(requireTensor(golden, name, 2, 3));
  const dim = features.shape.at(-1);
  if (dim === kernel.shape[0] && (features.shape.length === 2 || features.shape[1]! >= 2)) return features;
  const shapes = `[batch, 1 + patches, ${kernel.shape[0]}] or [batch, ${kernel.shape[0]}]`;
  throw badCase(name, shapes, `[${features.shape}]`);
}

function readBatch(golden: GoldenCase, step: number, start: ReferenceProbeParams<NdArray>) {
  const features = readFeatures(golden, `input/features/${step}`, start);
  const { shape, data } = requireTensor(golden, `input/labels/${step}`, 1);
  const classes = start.kernel.shape[1]!;
  if (shape[0] !== features.shape[0] || data.some((label) => !(label >= 0 && label < classes))) {
    const rule = `${features.shape[0]} classes from 0 to ${classes - 1}`;
    const received = `shape [${shape}] with values from ${Math.min(...data)} to ${Math.max(...data)}`;
    throw badCase(`input/labels/${step}`, rule, received);
  }
  return { features, labels: toNdArray({ shape, data: Int32Array.from(data) }) };
}
