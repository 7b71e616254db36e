import '@tensorflow/tfjs-backend-cpu';
import type { Batch } from '@m3ae/datasets';
import { createMixer } from '@m3ae/mixing';
import { foldIn, key, normal } from '@m3ae/random';
import { type NdArray, ndArray } from '@m3ae/tree';
import { matMul, mean, type Scalar, square, sub, type Tensor2D } from '@tensorflow/tfjs-core';
import { mixedBatches, type Task } from '../src/index.js';

/** Linear regression: 24 examples of three inputs, y = x · (1, -2, 0.5) + noise. */
export const examples = 24;
const inputs = normal(key(7), examples * 3);
const noise = normal(key(8), examples);
const truth = [1, -2, 0.5];
export const xOf = (example: number): number[] => [...inputs.subarray(example * 3, example * 3 + 3)];
export const yOf = (example: number): number =>
  xOf(example).reduce((sum, value, i) => sum + value * truth[i]!, 0.1 * noise[example]!);

interface ToyBatch {
  readonly x: NdArray;
  readonly y: NdArray;
}
interface ToyTensors {
  readonly x: Tensor2D;
  readonly y: Tensor2D;
}

/** Learns the weights; the place of an example's inputs is its pictures, so that the usual loader type serves. */
export const toy: Task<ToyBatch, ToyTensors> = {
  name: 'toy',
  shapes: () => ({ w: { shape: [3, 1] } }),
  init: () => ({ w: ndArray(new Float32Array(3), [3, 1]) }),
  collate: ({ pictures }) => ({ x: pictures!.patches!, y: pictures!.labels! }),
  loss(params, { x, y }) {
    const { w } = params as { w: Tensor2D };
    const value = mean(square(sub(matMul(x, w), y))) as Scalar;
    return { value, metrics: { loss: value } };
  },
  decays: () => true,
};

/** A loader whose batches come after a time that has nothing to do with their order. */
export const loader = {
  async load({ step, indices }: { readonly step: number; readonly indices: Int32Array }): Promise<Batch> {
    for (let turn = 0; turn < (step * 7) % 5; turn++) await new Promise((done) => setImmediate(done));
    const n = indices.length;
    return {
      patches: ndArray(Float32Array.from([...indices].flatMap(xOf)), [n, 3]),
      labels: ndArray(Float32Array.from(indices, yOf), [n, 1]),
      indices,
    };
  },
};

export const batchSize = 6;
const mixerKey = foldIn(key(0), 1);

/** The mixer of the toy; made anew, it begins at the beginning. */
export const mixer = () =>
  createMixer({ key: mixerKey, batchSize, sources: [{ name: 'toys', kind: 'image', length: examples }] });

export const batches = (prefetch = 2) =>
  mixedBatches({ mixer: mixer(), loaders: { toys: loader }, collate: toy.collate, key: key(5), prefetch });

/** Oracle: gradient descent by hand, in double precision, on the examples that the mixer deals. */
export function descend(steps: number, rate: number): { w: number[]; losses: number[] } {
  const dealt = mixer();
  const w = [0, 0, 0];
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const indices = [...dealt.next().parts[0]!.indices];
    const errors = indices.map((i) => xOf(i).reduce((sum, value, j) => sum + value * w[j]!, -yOf(i)));
    losses.push(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
    const slope = w.map((_, j) =>
      errors.reduce((sum, error, k) => sum + (2 * error * xOf(indices[k]!)[j]!) / errors.length, 0),
    );
    slope.forEach((value, j) => (w[j] = w[j]! - rate * value));
  }
  return { w, losses };
}

export const weights = (state: { readonly params: unknown }): number[] => [
  ...(state.params as { w: NdArray }).w.data,
];
