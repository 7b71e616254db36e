import { createRunner } from '@m3ae/compile';
import { readFileSync } from 'node:fs';
import { key, normal } from '@m3ae/random';
import { type NdArray, ndArray, scalarArray } from '@m3ae/tree';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { LabeledFeatures } from '../src/index.js';
import {
  probeStateFrom,
  type ProbeStepResult,
  referenceProbe,
  referenceProbeScores,
  type ReferenceProbeState,
  referenceProbeStep,
} from '../src/probe.js';
import { poolTokens } from '@m3ae/transformer';
import { resolveReferenceProbe } from '../src/probe/reference/reference-probe-types.js';
import { initReferenceProbe } from '../src/probe/reference/probe-step.js';

interface Plain {
  readonly shape: number[];
  readonly data: number[];
}
interface Expected {
  readonly steps: { loss: number; learningRate: number }[];
  readonly logits: Plain[];
  readonly mean: Plain;
  readonly variance: Plain;
  readonly kernel: Plain;
  readonly bias: Plain;
  readonly evaluation: Plain;
}
// Written by fixtures/make-reference-probe.py from published cases: LinearCLS of the reference with optax's LARS.
const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/reference-probe.json', import.meta.url), 'utf8'),
) as { features: Plain[]; labels: Plain[]; kernel: Plain; bias: Plain; cls: Expected; mean: Expected };

const float = ({ shape, data }: Plain): NdArray => ndArray(Float32Array.from(data), shape);
const difference = (ours: NdArray, expected: Plain) => {
  expect(ours.shape).toEqual(expected.shape);
  return Math.max(...expected.data.map((value, at) => Math.abs(value - ours.data[at]!)));
};

test.each([
  ['cls', 'compiled'],
  ['mean', 'compiled'],
  ['mean', 'eager:cpu'],
  ['cls', 'eager:wasm'],
] as const)('six steps and an evaluation are the reference’s: %s, %s', async (pooling, engine) => {
  const expected = fixture[pooling];
  const runner = createRunner({ engine });
  const step = referenceProbeStep();
  const program = runner<ProbeStepResult<NdArray>>(
    'step',
    (before: ReferenceProbeState<Tensor>, batch: Record<'features' | 'labels' | 'learningRate', Tensor>) =>
      step(before, { ...batch, features: poolTokens(batch.features as Tensor3D, pooling) }),
  );
  let state = probeStateFrom({ kernel: float(fixture.kernel), bias: float(fixture.bias) });
  for (const [count, { loss, learningRate }] of expected.steps.entries()) {
    const { shape, data } = fixture.labels[count]!;
    const result = await program.run(state, {
      features: float(fixture.features[count]!),
      labels: ndArray(Int32Array.from(data), shape),
      learningRate: scalarArray(learningRate),
    });
    state = result.state;
    expect(Math.abs(result.loss.data[0]! - loss)).toBeLessThan(5e-6);
    expect(difference(result.logits, expected.logits[count]!)).toBeLessThan(2e-5);
  }
  expect(difference(state.running.mean, expected.mean)).toBeLessThan(1e-6);
  expect(difference(state.running.variance, expected.variance)).toBeLessThan(1e-6);
  expect(difference(state.params.kernel, expected.kernel)).toBeLessThan(1e-6);
  expect(difference(state.params.bias, expected.bias)).toBeLessThan(1e-6);

  const scores = referenceProbeScores();
  const evaluation = runner<NdArray>('scores', (after: ReferenceProbeState<Tensor>, tokens: Tensor3D) =>
    scores(after, poolTokens(tokens, pooling)),
  );
  const logits = await evaluation.run(state, float(fixture.features[0]!));
  expect(difference(logits, expected.evaluation)).toBeLessThan(2e-5);
  await Promise.all([program.dispose(), evaluation.dispose()]);
});

/** Three clouds that overlap; columns of very different scale, which the normalization must mend. */
function clouds(rows: number, seed: number): LabeledFeatures {
  const columns = 5;
  const labels = Int32Array.from({ length: rows }, (_, row) => row % 3);
  const noise = normal(key(seed), rows * columns);
  const data = noise.map((value, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return (value + (column === labels[row]! ? 2.5 : 0)) * 10 ** (column - 2);
  });
  return { features: { rows, columns, data }, labels };
}
const parts = { train: clouds(100, 1), validation: clouds(37, 2), tests: { hidden: clouds(50, 3) } };
const quick = { epochs: 12, warmupEpochs: 2, batchSize: 32, peakLearningRate: 200 };
const runner = createRunner({ threads: 1 });

/** Share right by the definition, in double precision: the running statistics, then the affine map. */
function shareRight({ params, running }: ReferenceProbeState<NdArray>, part: LabeledFeatures): number {
  const { rows, columns, data } = part.features;
  const classes = params.bias.shape[0]!;
  let right = 0;
  for (let row = 0; row < rows; row++) {
    const scores = Array.from({ length: classes }, (_, label) => {
      let score = params.bias.data[label]!;
      for (let column = 0; column < columns; column++) {
        const normalized =
          (data[row * columns + column]! - running.mean.data[column]!) /
          Math.sqrt(running.variance.data[column]! + 1e-5);
        score += normalized * params.kernel.data[column * classes + label]!;
      }
      return score;
    });
    right += Number(scores.indexOf(Math.max(...scores)) === part.labels[row]);
  }
  return right / rows;
}

describe('a whole run', () => {
  test('measures the whole validation part after every epoch, the last included, and reports last and best', async () => {
    const seen: number[] = [];
    const result = await referenceProbe(parts, ['a', 'b', 'c'], quick, {
      runner,
      key: key(0),
      onEpoch: ({ epoch }) => seen.push(epoch),
    });
    expect(seen).toEqual(Array.from({ length: 12 }, (_, at) => at + 1));
    expect(result.stepsPerEpoch).toBe(3); // 100 examples in batches of 32, 4 left over
    expect(result.epochs.every(({ validation }) => validation.count === 37)).toBe(true);
    const { last, best } = result;
    expect(last.epoch).toBe(12);
    for (const outcome of [last, best]) {
      expect(outcome.validation.value).toBeCloseTo(shareRight(outcome.state, parts.validation), 12);
      expect(outcome.tests.hidden!.top1.value).toBeCloseTo(shareRight(outcome.state, parts.tests.hidden), 12);
      expect(outcome.tests.hidden!.bootstrap!.value).toBeCloseTo(outcome.tests.hidden!.top1.value, 12);
    }
    const values = result.epochs.map(({ validation }) => validation.value);
    expect(best.epoch).toBe(values.indexOf(Math.max(...values)) + 1);
    expect(last.tests.hidden!.top1.value).toBeGreaterThan(0.7); // a third by chance
    expect(last.loss).toBeLessThan(result.epochs[0]!.loss);
    // Half a cosine after 6 steps of warm-up, at the last of 36; the peak grows with the batch.
    const peak = (200 * 32) / 256;
    expect(last.learningRate).toBeCloseTo(0.5 * peak * (1 + Math.cos((Math.PI * 29) / 30)), 4);
  });

  test('of equally good epochs the earliest is the best', async () => {
    const three = { ...parts, validation: clouds(3, 5) };
    const { epochs, best } = await referenceProbe(three, 3, quick, { runner, key: key(0) });
    const values = epochs.map(({ validation }) => validation.value);
    expect(values.filter((value) => value === best.validation.value).length).toBeGreaterThan(1);
    expect(best.epoch).toBe(values.indexOf(Math.max(...values)) + 1);
  });

  test('one key gives one run, another another; engines agree', async () => {
    const run = (seed: number, where = runner) =>
      referenceProbe(parts, 3, { ...quick, epochs: 3 }, { runner: where, key: key(seed) });
    const first = await run(0);
    expect((await run(0)).last.state).toEqual(first.last.state);
    const kernel = ({ last }: typeof first) => [...last.state.params.kernel.data];
    expect(kernel(await run(1))).not.toEqual(kernel(first));
    const eager = await run(0, createRunner({ engine: 'eager:cpu' }));
    kernel(eager).forEach((value, at) => expect(value).toBeCloseTo(kernel(first)[at]!, 4));
  });

  test('the other order of LARS, and features that change from epoch to epoch', async () => {
    const epochs: number[] = [];
    const run = (variant: 'optax' | 'moco') =>
      referenceProbe(
        {
          ...parts,
          train: (epoch) => {
            epochs.push(epoch);
            return clouds(100, epoch);
          },
        },
        3,
        { ...quick, epochs: 4, variant },
        { runner, key: key(0) },
      );
    const [optax, moco] = [await run('optax'), await run('moco')];
    expect(epochs).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
    expect(moco.last.loss).not.toBe(optax.last.loss);
    const shrinking = { ...parts, train: (epoch: number) => clouds(epoch === 1 ? 100 : 90, epoch) };
    await expect(referenceProbe(shrinking, 3, quick, { runner, key: key(0) })).rejects.toThrow(
      'train of epoch 2 must be 100 rows as the first had; received 90. Give every epoch the same examples.',
    );
    const diverging = {
      ...parts,
      train: (epoch: number) => ({
        ...parts.train,
        labels: epoch === 1 ? parts.train.labels : parts.train.labels.map((label) => label + 1),
      }),
    };
    await expect(referenceProbe(diverging, 3, quick, { runner, key: key(0) })).rejects.toThrow(
      /^train of epoch 2.labels must be whole numbers from 0 to 2; received 3 in row 2 and 32 more\./,
    );
  });

  test('a training part smaller than the batch is one batch', async () => {
    const result = await referenceProbe(parts, 3, { epochs: 2, warmupEpochs: 0 }, { runner, key: key(0) });
    expect(result.options.batchSize).toBe(100);
    expect(result.stepsPerEpoch).toBe(1);
    expect(result.epochs[0]!.learningRate).toBeCloseTo((0.1 * 100) / 256, 7);
  });

  test('bad parts are refused', async () => {
    const bad = { ...parts, validation: { ...parts.validation, labels: new Int32Array() } };
    await expect(referenceProbe(bad, 3, quick, { runner, key: key(0) })).rejects.toThrow(
      'validation.labels must be given; received none.',
    );
  });
});

test('the kernel begins as flax has it: mean 0, deviation 1 / sqrt(features), cut at two deviations', () => {
  const { params, running } = initReferenceProbe(key(3), 400, 500);
  const values = [...params.kernel.data];
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
  expect(deviation).toBeCloseTo(0.05, 3);
  expect(values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeLessThan(
    0.1 / 0.8796 + 1e-4,
  );
  expect(params.bias.data.every((value) => value === 0)).toBe(true);
  expect(running.variance.data.every((value) => value === 1)).toBe(true);
});

describe('options', () => {
  test('the defaults are those of the reference’s command', () => {
    expect(resolveReferenceProbe()).toEqual({
      epochs: 90,
      warmupEpochs: 10,
      batchSize: 2048,
      peakLearningRate: 0.1,
      initLearningRate: 0,
      endLearningRate: 0,
      epsilon: 1e-5,
      statisticsMomentum: 0.9,
      variant: 'optax',
      momentum: 0.9,
      weightDecay: 0,
      trustCoefficient: 0.001,
    });
  });

  test('faults are named, all at once', () => {
    const options = { epochs: 0, momentum: 1, variant: 'lamb', peakLearningRat: 1 };
    const told = { peakLearningRat: 'peakLearningRat', epochs: '0', variant: 'lamb', momentum: '1' };
    const fault = (path: string, received: string) => expect.objectContaining({ path, received });
    const faults = Object.entries(told).map(([path, received]) => fault(path, received));
    expect(() => resolveReferenceProbe(options as never)).toThrow(expect.objectContaining({ faults }));
    expect(() => resolveReferenceProbe({ epochs: 5 })).toThrow(
      'warmupEpochs must be below epochs = 5; received 10. Train longer or warm up for less.',
    );
  });
});

test('pooling, by hand', async () => {
  const tokens = ndArray(Float32Array.of(9, 8, 1, 2, 3, 4), [1, 3, 2]);
  const pool = (pooling: 'cls' | 'mean') =>
    createRunner({ engine: 'eager:cpu' })<NdArray>('pool', (x: Tensor3D): Tensor2D =>
      poolTokens(x, pooling),
    ).run(tokens);
  expect([...(await pool('cls')).data]).toEqual([9, 8]);
  expect([...(await pool('mean')).data]).toEqual([2, 3]);
});
