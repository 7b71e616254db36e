import type { Runner } from '@m3ae/compile';
import { invalidField } from '@m3ae/errors';
import { scaledLearningRate, warmupCosine } from '@m3ae/optim';
import { foldIn, permutation } from '@m3ae/random';
import { type NdArray, scalarArray } from '@m3ae/tree';
import { fillRows, takeRows } from '../../batches.js';
import { checkLabeled, classCount, type Classes, type LabeledFeatures } from '../../check.js';
import { accuracy, argmaxRows } from '../../classification/accuracy.js';
import { arrayOf, type Matrix, matrixOf } from '../../matrix.js';
import { checkProbe, reportTests } from '../chosen-probes.js';
import {
  type EpochFeatures,
  type ReferenceProbeEpoch,
  type ReferenceProbeOptions,
  type ReferenceProbeOutcome,
  type ReferenceProbeResult,
  type ReferenceProbeRun,
  type ReferenceProbeSplits,
  resolveReferenceProbe,
} from './reference-probe-types.js';
import {
  initReferenceProbe,
  type ProbeStepOptions,
  type ProbeStepResult,
  referenceProbeScores,
  type ReferenceProbeState,
  referenceProbeStep,
} from './probe-step.js';

/** Rows of a part, in the order of `rows`: a batch of the step. */
function batchOf({ features, labels }: LabeledFeatures, rows: Int32Array, learningRate: number) {
  return {
    features: takeRows(arrayOf(features), rows),
    labels: takeRows({ shape: [labels.length], data: labels }, rows),
    learningRate: scalarArray(learningRate),
  };
}

/** The features of an epoch, checked where they are not those of the first. */
async function epochPart(
  train: EpochFeatures,
  epoch: number,
  first: LabeledFeatures,
  classes: Classes,
): Promise<LabeledFeatures> {
  if (epoch === 1 || typeof train !== 'function') return first;
  const part = await train(epoch);
  checkLabeled({ 'train of the first epoch': first, [`train of epoch ${epoch}`]: part }, { classes });
  if (part.features.rows !== first.features.rows) {
    throw invalidField(
      `train of epoch ${epoch}`,
      `${first.features.rows} rows as the first had`,
      part.features.rows,
      'Give every epoch the same examples.',
    );
  }
  return part;
}

/**
 * The reference's linear probe on frozen features: batch normalization without scale and bias, an affine map, LARS with
 * warm-up and cosine; the peak rate grows with the batch.
 *
 * Two faults of the reference are mended: the *whole* validation split is measured after *every* epoch, the last one
 * included, and both the last and the best epoch are reported. The best is chosen on the validation split and so
 * flatters that part; the test splits are looked at once for each of the two.
 *
 * @param parts - Features of one vector a picture; `poolTokens` of `@m3ae/transformer` makes them of tokens.
 * @param classes - Their number, or their names for the tables.
 * @throws InvalidInput naming every fault of the parts or of the options.
 *
 * @example
 * ```ts
 * const { last } = await referenceProbe(parts, 10, { epochs: 20 }, { runner: createRunner(), key: key(0) });
 * last.tests.hidden!.top1.value;
 * ```
 *
 * @see linear_main.py, https://github.com/young-geng/m3ae_public
 */
export async function referenceProbe(
  parts: ReferenceProbeSplits,
  classes: Classes,
  options: ReferenceProbeOptions,
  { runner, key, onEpoch }: ReferenceProbeRun,
): Promise<ReferenceProbeResult> {
  const resolved = resolveReferenceProbe(options);
  const first = typeof parts.train === 'function' ? await parts.train(1) : parts.train;
  checkProbe({ ...parts, train: first }, classes);
  const { rows, columns } = first.features;
  const batchSize = Math.min(resolved.batchSize, rows);
  const stepsPerEpoch = Math.floor(rows / batchSize);
  const scaled = (base: number) => scaledLearningRate({ base, batchSize });
  const schedule = warmupCosine({
    peak: scaled(resolved.peakLearningRate),
    init: scaled(resolved.initLearningRate),
    end: scaled(resolved.endLearningRate),
    warmupSteps: resolved.warmupEpochs * stepsPerEpoch,
    totalSteps: resolved.epochs * stepsPerEpoch,
  });
  const { epsilon, statisticsMomentum, variant, momentum, weightDecay, trustCoefficient } = resolved;
  const learning = { epsilon, statisticsMomentum, variant, momentum, weightDecay, trustCoefficient };
  const program = runner<ProbeStepResult<NdArray>>('linear probe step', referenceProbeStep(learning));
  const scores = batchScores(runner, { epsilon });

  let state = initReferenceProbe(foldIn(key, 0), columns, classCount(classes));
  let best: { epoch: ReferenceProbeEpoch; state: typeof state } | undefined;
  const epochs: ReferenceProbeEpoch[] = [];
  try {
    for (let epoch = 1; epoch <= resolved.epochs; epoch++) {
      const part = await epochPart(parts.train, epoch, first, classes);
      const order = permutation(foldIn(foldIn(key, 1), epoch), rows);
      let [loss, right, learningRate] = [0, 0, 0];
      for (let step = 0; step < stepsPerEpoch; step++) {
        learningRate = schedule((epoch - 1) * stepsPerEpoch + step);
        const chosen = order.slice(step * batchSize, (step + 1) * batchSize);
        const batch = batchOf(part, chosen, learningRate);
        const result = await program.run(state, batch);
        state = result.state;
        loss += result.loss.data[0]! / stepsPerEpoch;
        right += rightOf(result.logits, batch.labels);
      }
      const trainAccuracy = right / (stepsPerEpoch * batchSize);
      const found = argmaxRows(await scores.of(state, parts.validation.features));
      const validation = accuracy(found, parts.validation.labels);
      const done = { epoch, loss, trainAccuracy, learningRate, validation };
      epochs.push(done);
      onEpoch?.(done);
      if (best === undefined || validation.value > best.epoch.validation.value) best = { epoch: done, state };
    }
    const outcome = async (epoch: ReferenceProbeEpoch, at: typeof state): Promise<ReferenceProbeOutcome> => ({
      ...epoch,
      state: at,
      tests: await reportTests(parts.tests, classes, (features) => scores.of(at, features), foldIn(key, 2)),
    });
    return {
      options: { ...resolved, batchSize },
      stepsPerEpoch,
      epochs,
      last: await outcome(epochs.at(-1)!, state),
      best: await outcome(best!.epoch, best!.state),
    };
  } finally {
    await Promise.all([program.dispose(), scores.dispose()]);
  }
}

/** How many rows of scores are highest at their label. */
function rightOf(logits: NdArray, labels: NdArray): number {
  const predicted = argmaxRows(matrixOf(logits));
  return predicted.reduce((sum, label, row) => sum + Number(label === labels.data[row]), 0);
}

/** Scores of any number of rows. */
interface BatchScores {
  /** [rows, features] -> [rows, classes] */
  of(state: ReferenceProbeState<NdArray>, features: Matrix): Promise<Matrix>;
  dispose(): Promise<void>;
}

/** Rows at once; of one size, so that parts of any length share one recording. */
const block = 1024;

/** Prepares the scores of the reference's probe; what fills the last block up is left out again. */
function batchScores(runner: Runner, options: Pick<ProbeStepOptions, 'epsilon'>): BatchScores {
  const program = runner<NdArray>('linear probe scores', referenceProbeScores(options));
  return {
    async of({ params, running }, features) {
      const { rows } = features;
      const classes = params.bias.shape[0]!;
      const scores = new Float32Array(rows * classes);
      for (let start = 0; start < rows; start += block) {
        const part = fillRows(arrayOf(features), start, block);
        const { data } = await program.run({ params, running }, part);
        scores.set(data.subarray(0, Math.min(block, rows - start) * classes), start * classes);
      }
      return { rows, columns: classes, data: scores };
    },
    dispose: () => program.dispose(),
  };
}
