import type { NdArray } from '@m3ae/tree';
import { expect, test } from 'vitest';
import { lars, warmupCosine } from '../src/index.js';
import { largestDifference, readGolden, readJson, step, toNumbers, toTensors } from './support.js';

interface Case {
  readonly pooling: 'cls' | 'mean';
  readonly optimizer: { peakLearningRate: number; warmupSteps: number; totalSteps: number; momentum: number };
  readonly steps: { loss: number; learningRate: number }[];
}

const [examples, tokens, dim, classes] = [12, 5, 16, 7];
const range = (length: number) => Array.from({ length }, (_, i) => i);
const mean = (values: number[]) => values.reduce((total, x) => total + x, 0) / values.length;

/** Pooled features, standardized over the batch, in double precision. */
function standardized(features: NdArray, pooling: string): number[][] {
  const at = (e: number, t: number, d: number) => features.data[(e * tokens + t) * dim + d]!;
  const patches = range(tokens).slice(1);
  const pooled = range(examples).map((e) =>
    range(dim).map((d) => (pooling === 'cls' ? at(e, 0, d) : mean(patches.map((t) => at(e, t, d))))),
  );
  const center = range(dim).map((d) => mean(pooled.map((row) => row[d]!)));
  const spread = range(dim).map((d) => mean(pooled.map((row) => (row[d]! - center[d]!) ** 2)));
  return pooled.map((row) => row.map((x, d) => (x - center[d]!) / Math.sqrt(spread[d]! + 1e-5)));
}

/** Softmax cross-entropy of a dense layer: loss and gradient in closed form. */
function denseLoss(x: number[][], labels: NdArray, kernel: number[], bias: number[]) {
  let loss = 0;
  const gradient = { kernel: new Float32Array(dim * classes), bias: new Float32Array(classes) };
  for (const [e, row] of x.entries()) {
    const logits = range(classes).map((c) =>
      row.reduce((total, v, d) => total + v * kernel[d * classes + c]!, bias[c]!),
    );
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
    loss += (Math.log(sum) - logits[labels.data[e]!]!) / examples;
    for (const c of range(classes)) {
      const slope = (Math.exp(logits[c]!) / sum - (labels.data[e] === c ? 1 : 0)) / examples;
      gradient.bias[c]! += slope;
      for (const d of range(dim)) gradient.kernel[d * classes + c]! += slope * row[d]!;
    }
  }
  return { loss, gradient };
}

test.each(['linear-probe-cls', 'linear-probe-mean'])('LARS takes the six steps of %s', (name) => {
  const { pooling, optimizer, steps } = readJson<Case>(`golden/${name}/case.json`);
  const files = readGolden(`golden/${name}/tensors.safetensors`);
  const start = { kernel: files['params/Dense_0/kernel']!, bias: files['params/Dense_0/bias']! };
  const transform = lars({ momentum: optimizer.momentum });
  const { peakLearningRate: peak, warmupSteps, totalSteps } = optimizer;
  const rate = warmupCosine({ peak, warmupSteps, totalSteps });
  let params = toTensors({ ...start });
  let state = toTensors(transform.init({ ...start }));
  for (const [i, expected] of steps.entries()) {
    const { kernel, bias } = toNumbers(params);
    const x = standardized(files[`input/features/${i}`]!, pooling);
    const { loss, gradient } = denseLoss(x, files[`input/labels/${i}`]!, kernel!, bias!);
    expect(Math.abs(loss - expected.loss)).toBeLessThan(2e-6);
    expect(Math.abs(rate(i) - expected.learningRate)).toBeLessThan(1e-7);
    const gradients = {
      kernel: { shape: [dim, classes], data: gradient.kernel },
      bias: { shape: [classes], data: gradient.bias },
    };
    ({ params, state } = step(transform, gradients, state, params, rate(i)));
  }
  const after = toNumbers(params);
  expect(largestDifference(after.kernel!, files['expected/afterSteps/Dense_0/kernel']!.data)).toBeLessThan(
    2e-6,
  );
  expect(largestDifference(after.bias!, files['expected/afterSteps/Dense_0/bias']!.data)).toBeLessThan(2e-6);
});
