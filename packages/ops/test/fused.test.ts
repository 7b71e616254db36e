import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { key, normal } from '@m3ae/random';
import {
  add,
  div,
  erf,
  exp,
  gather,
  max,
  mean,
  memory,
  mul,
  pow,
  type Scalar,
  setBackend,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  tensor,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { attentionSoftmax, gelu, layerNorm, lookUp } from '../src/index.js';
import { gradientsOf } from '../../transformer/test/helpers/gradients.js';

const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
setWasmPaths(`${dirname(wasm)}/`);

type Inputs = Record<string, Tensor>;
interface Subject {
  readonly shapes: Record<string, number[]>;
  readonly run: (inputs: Inputs) => Tensor;
  /** The same in tfjs operations with tfjs's own gradients. */
  readonly composed: (inputs: Inputs) => Tensor;
  /** The same for one number after the other, in double precision. */
  readonly slow: (inputs: Record<string, number[]>) => number[];
}

const ids = [3, 0, 3, 1];
const rows = (values: number[], width: number) =>
  Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));

const subjects: Record<string, Subject> = {
  layerNorm: {
    shapes: { x: [2, 3, 8], scale: [8], bias: [8] },
    run: ({ x, scale, bias }) => layerNorm(x!, { scale: scale!, bias: bias! }, 1e-6),
    composed: ({ x, scale, bias }) => {
      const centered = sub(x!, mean(x!, -1, true));
      return add(mul(div(centered, sqrt(add(mean(square(centered), -1, true), 1e-6))), scale!), bias!);
    },
    slow: ({ x, scale, bias }) =>
      rows(x!, 8).flatMap((row) => {
        const center = row.reduce((a, b) => a + b) / 8;
        const variance = row.reduce((total, value) => total + (value - center) ** 2, 0) / 8;
        return row.map(
          (value, i) => ((value - center) / Math.sqrt(variance + 1e-6)) * scale![i]! + bias![i]!,
        );
      }),
  },
  'gelu tanh': {
    shapes: { x: [4, 6] },
    run: ({ x }) => gelu(x!, 'tanh'),
    composed: ({ x }) => {
      const inner = mul(add(x!, mul(pow(x!, 3), 0.044715)), Math.sqrt(2 / Math.PI));
      return mul(mul(x!, 0.5), add(tanh(inner), 1));
    },
    slow: ({ x }) =>
      x!.map((v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))),
  },
  'gelu erf': {
    shapes: { x: [4, 6] },
    run: ({ x }) => gelu(x!, 'erf'),
    composed: ({ x }) => mul(mul(x!, 0.5), add(erf(div(x!, Math.SQRT2)), 1)),
    slow: ({ x }) => x!.map((v) => 0.5 * v * (1 + slowErf(v / Math.SQRT2))),
  },
  softmax: {
    shapes: { x: [2, 3, 5] },
    run: ({ x }) => attentionSoftmax(x!),
    composed: ({ x }) => {
      const powers = exp(sub(x!, max(x!, -1, true)));
      return div(powers, sum(powers, -1, true));
    },
    slow: ({ x }) =>
      rows(x!, 5).flatMap((row) => {
        const total = row.reduce((sofar, value) => sofar + Math.exp(value), 0);
        return row.map((value) => Math.exp(value) / total);
      }),
  },
  lookUp: {
    shapes: { table: [5, 3] },
    run: ({ table }) => lookUp(table as Tensor2D, tensor(ids, [4], 'int32') as Tensor1D),
    composed: ({ table }) => gather(table!, tensor(ids, [4], 'int32')),
    slow: ({ table }) => ids.flatMap((id) => table!.slice(id * 3, id * 3 + 3)),
  },
};

/** By its power series, which converges for all the arguments here. */
function slowErf(x: number): number {
  let total = 0;
  let term = x;
  for (let n = 0; n < 80; n++) {
    total += term / (2 * n + 1);
    term *= (-x * x) / (n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

function drawn(shapes: Record<string, number[]>): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [
      name,
      [
        ...normal(
          key(i),
          shape.reduce((a, b) => a * b),
        ),
      ],
    ]),
  );
}

/** Weights that make a scalar of any result, so that no gradient cancels. */
function weighted(y: Tensor): Scalar {
  return sum(mul(y, tensor([...normal(key(99), y.size)], y.shape)));
}

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
  });

  test.each(Object.entries(subjects))('%s equals its definition and both its gradients', (_, subject) => {
    const values = drawn(subject.shapes);
    const inputs = Object.fromEntries(
      Object.entries(subject.shapes).map(([name, shape]) => [name, tensor(values[name]!, shape)]),
    );
    const y = subject.run(inputs);
    const expected = subject.slow(values);
    [...y.dataSync()].forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));

    const own = gradientsOf(inputs, (given) => weighted(subject.run(given as Inputs))).gradients;
    const weights = normal(key(99), y.size);
    const slowLoss = (given: Record<string, number[]>) =>
      subject.slow(given).reduce((total, value, i) => total + value * weights[i]!, 0);
    for (const [name, gradient] of own) {
      [...gradient.dataSync()].forEach((value, i) => {
        const step = (by: number) => ({
          ...values,
          [name]: values[name]!.map((v, j) => (j === i ? v + by : v)),
        });
        const difference = (slowLoss(step(1e-5)) - slowLoss(step(-1e-5))) / 2e-5;
        expect(value, `${name}[${i}]`).toBeCloseTo(difference, 4);
      });
    }
    // tfjs's own gradient of gather needs UnsortedSegmentSum, which WASM lacks: the reason for lookUp.
    if (backend === 'wasm') return;
    const composed = gradientsOf(inputs, (given) => weighted(subject.composed(given as Inputs))).gradients;
    expect([...own.keys()]).toEqual([...composed.keys()]);
    for (const [name, gradient] of own) {
      const reference = composed.get(name)!.dataSync();
      [...gradient.dataSync()].forEach((value, i) => expect(value).toBeCloseTo(reference[i]!, 5));
    }
  });

  test('nothing is left behind', () => {
    const x = tensor([1, 2, 3, 4], [2, 2]);
    const scale = tensor([1, 1]);
    const before = memory().numTensors;
    tidy(() => [
      layerNorm(x, { scale, bias: scale }, 1e-6),
      gelu(x, 'tanh'),
      gelu(x, 'erf'),
      attentionSoftmax(x),
    ]).forEach((result) => result.dispose());
    expect(memory().numTensors).toBe(before);
  });
});

test('GELU(1) tells the two forms apart', async () => {
  await setBackend('cpu');
  expect(gelu(tensor([1]), 'tanh').dataSync()[0]).toBeCloseTo(0.841192, 6);
  expect(gelu(tensor([1]), 'erf').dataSync()[0]).toBeCloseTo(0.841345, 6);
  expect(gelu(tensor([1]), 'quick').dataSync()[0]).toBeCloseTo(0.845796, 6);
});
