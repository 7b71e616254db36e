import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { compile, valueAndGradients } from '@m3ae/compile';
import { ndArray, type NdArray, type Tree } from '@m3ae/tree';
import {
  memory,
  scalar,
  setBackend,
  type Scalar,
  type Tensor,
  tensor1d,
  tensor2d,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { clipContrastive, softCrossEntropy } from '../src/index.js';

const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
setWasmPaths(`${dirname(wasm)}/`);

interface Contrastive {
  readonly batch: number;
  readonly dim: number;
  readonly paired: number[] | null;
  readonly logitScale: number;
  readonly images: number[];
  readonly texts: number[];
  readonly loss: number;
  readonly scale: number;
  readonly imageToText: number;
  readonly textToImage: number;
  readonly gradients: { readonly images: number[]; readonly texts: number[]; readonly logitScale: number };
}

interface Soft {
  readonly batch: number;
  readonly classes: number;
  readonly logits: number[];
  readonly targets: number[];
  readonly loss: number;
  readonly gradient: number[];
}

// By PyTorch: fixtures/make.py.
const fixtures = JSON.parse(readFileSync(new URL('./fixtures/methods.json', import.meta.url), 'utf8')) as {
  contrastive: Contrastive[];
  soft: Soft[];
};

const numbers = (x: Tensor) => Array.from(x.dataSync());

/** Largest difference, relative where a value is above 1; infinite where lengths differ. */
function farthest(actual: ArrayLike<number>, expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  return Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!) / Math.max(1, Math.abs(value))));
}

/** Loss, metrics and gradients, as a pure function of tensors. */
function contrast(inputs: { images: Tensor; texts: Tensor; logitScale: Tensor }, paired?: Tensor) {
  const { value, aux, gradients } = valueAndGradients((given: typeof inputs) => {
    const scores = clipContrastive(
      given.images as Tensor2D,
      given.texts as Tensor2D,
      given.logitScale as Scalar,
      paired as never,
    );
    return { value: scores.loss, aux: { ...scores } };
  }, inputs);
  return { loss: value, scores: aux, gradients };
}

/** The largest error of anything that a case says. */
function contrastError(
  found: {
    scores: Record<string, ArrayLike<number>>;
    loss: ArrayLike<number>;
    gradients: Record<string, ArrayLike<number>>;
  },
  expected: Contrastive,
): number {
  return Math.max(
    farthest(found.loss, [expected.loss]),
    farthest(found.scores.logitScale!, [expected.scale]),
    farthest(found.scores.imageToTextAccuracy!, [expected.imageToText]),
    farthest(found.scores.textToImageAccuracy!, [expected.textToImage]),
    farthest(found.gradients.images!, expected.gradients.images),
    farthest(found.gradients.texts!, expected.gradients.texts),
    farthest(found.gradients.logitScale!, [expected.gradients.logitScale]),
  );
}

const inputsOf = ({ batch, dim, images, texts, logitScale }: Contrastive) => ({
  images: ndArray(Float32Array.from(images), [batch, dim]),
  texts: ndArray(Float32Array.from(texts), [batch, dim]),
  logitScale: ndArray(Float32Array.of(logitScale), []),
});

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    await setBackend(backend);
  });

  test.each(fixtures.contrastive.map((one, i) => [i, one] as const))(
    'the contrast is that of PyTorch, case %d',
    (_, one) => {
      const { batch, dim } = one;
      const { loss, scores, gradients } = contrast(
        {
          images: tensor2d(one.images, [batch, dim]),
          texts: tensor2d(one.texts, [batch, dim]),
          logitScale: scalar(one.logitScale),
        },
        one.paired ? tensor1d(one.paired) : undefined,
      );
      const named = (tree: Record<string, Tensor>) =>
        Object.fromEntries(Object.entries(tree).map(([name, leaf]) => [name, numbers(leaf)]));
      const found = { loss: numbers(loss), scores: named(scores), gradients: named(gradients) };
      expect(contrastError(found, one)).toBeLessThan(1e-5);
    },
  );

  test.each(fixtures.soft.map((one, i) => [i, one] as const))(
    'cross-entropy with soft targets is that of PyTorch, case %d',
    (_, { batch, classes, logits, targets, loss, gradient }) => {
      const wanted = tensor2d(targets, [batch, classes]);
      const found = valueAndGradients(
        (given: { logits: Tensor }) => ({ value: softCrossEntropy(given.logits as Tensor2D, wanted) }),
        { logits: tensor2d(logits, [batch, classes]) },
      );
      expect(farthest(numbers(found.value), [loss])).toBeLessThan(1e-6);
      expect(farthest(numbers(found.gradients.logits), gradient)).toBeLessThan(1e-6);
    },
  );

  test('gradients are those of finite differences', () => {
    const one = fixtures.contrastive[4]!;
    const paired = tensor1d(one.paired!);
    const lossAt = (images: number[]) =>
      clipContrastive(
        tensor2d(images, [one.batch, one.dim]),
        tensor2d(one.texts, [one.batch, one.dim]),
        scalar(one.logitScale),
        paired,
      ).loss.dataSync()[0]!;
    const step = 1e-2;
    const slopes = one.images.map((value, i) => {
      const moved = (by: number) => one.images.map((x, at) => (at === i ? value + by : x));
      return (lossAt(moved(step)) - lossAt(moved(-step))) / (2 * step);
    });
    expect(farthest(slopes, one.gradients.images)).toBeLessThan(2e-3);
  });

  test('pictures all without a caption have a loss and a gradient of 0', () => {
    const one = fixtures.contrastive[4]!;
    const { loss, gradients } = contrast(
      {
        images: tensor2d(one.images, [5, 4]),
        texts: tensor2d(new Float32Array(20), [5, 4]),
        logitScale: scalar(1),
      },
      tensor1d([0, 0, 0, 0, 0]),
    );
    expect(numbers(loss)).toEqual([0]);
    for (const leaf of Object.values(gradients)) expect(numbers(leaf).every((x) => x === 0)).toBe(true);
  });

  test('nothing but the results is left behind', () => {
    const images = tensor2d([1, 0, 0, 1], [2, 2]);
    const t = scalar(0);
    const before = memory().numTensors;
    const scores = clipContrastive(images, images, t, tensor1d([1, 1]));
    expect(memory().numTensors - before).toBe(Object.keys(scores).length + 1); // and the vector of pairs
    const loss = softCrossEntropy(images, images);
    expect(memory().numTensors - before).toBe(Object.keys(scores).length + 2);
    loss.dispose();
  });
});

test.each(fixtures.contrastive.map((one, i) => [i, one] as const))('compiled, case %d', async (_, one) => {
  const fn = (inputs: Record<string, Tensor>, paired?: Tensor) =>
    contrast(inputs as never, paired) as unknown as Tree<Tensor>;
  const compiled = compile(fn as never, { threads: 1 });
  const given = one.paired ? [ndArray(Float32Array.from(one.paired), [one.batch])] : [];
  const found = (await compiled(inputsOf(one), ...given)) as unknown as {
    loss: NdArray;
    scores: Record<string, NdArray>;
    gradients: Record<string, NdArray>;
  };
  const named = (tree: Record<string, NdArray>) =>
    Object.fromEntries(Object.entries(tree).map(([name, { data }]) => [name, data]));
  const values = { loss: found.loss.data, scores: named(found.scores), gradients: named(found.gradients) };
  expect(contrastError(values, one)).toBeLessThan(1e-5);
  await compiled.dispose();
});

test('compiled, soft targets', async () => {
  const one = fixtures.soft[1]!;
  const shape = [one.batch, one.classes];
  const compiled = compile(
    ((logits: Tensor, targets: Tensor) =>
      valueAndGradients(
        (given: { logits: Tensor }) => ({
          value: softCrossEntropy(given.logits as Tensor2D, targets as Tensor2D),
        }),
        { logits },
      ).gradients) as never,
    { threads: 1 },
  );
  const arrays = [one.logits, one.targets].map((values) => ndArray(Float32Array.from(values), shape));
  const { logits } = (await compiled(...(arrays as never[]))) as unknown as { logits: NdArray };
  expect(farthest(logits.data, one.gradient)).toBeLessThan(1e-6);
  await compiled.dispose();
});

test('bad shapes are named, with the remedy', () => {
  const two = tensor2d([1, 0, 0, 1], [2, 2]);
  const one = tensor2d([1, 0], [1, 2]);
  expect(() => clipContrastive(one, one, scalar(0))).toThrow(
    'batch must be at least 2; received 1. A single pair has nothing to be told apart from.',
  );
  expect(() => clipContrastive(two, one, scalar(0))).toThrow(
    'texts must be [batch, dim] = [2,2]; received [1,2]. Map pictures and texts to one space.',
  );
  expect(() => clipContrastive(two, two, scalar(0), tensor1d([1]))).toThrow(
    'paired must be [batch] = [2]; received [1]. Give each pair one entry.',
  );
  expect(() => softCrossEntropy(two, one)).toThrow(
    'targets must be [batch, classes] = [2,2]; received [1,2]. Give each example one probability a class.',
  );
});
