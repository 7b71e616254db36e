import '@tensorflow/tfjs-backend-cpu';
import { patchMse, tokenCrossEntropy, validTokens, weightedSum } from '@m3ae/losses';
import { planFromNoise, planTensors } from '@m3ae/masking';
import { flattenTree, mapTree, ndArray, type NdArray, sizeOfShape, type Tree } from '@m3ae/tree';
import {
  add,
  keep,
  setBackend,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  zeros,
} from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import {
  applyM3ae,
  type M3aeInputs,
  type M3aeParams,
  m3aeShapes,
  type ParameterShape,
  representM3ae,
  resolveM3aeConfig,
} from '../src/index.js';
import { referenceName } from '../src/names/reference.js';
import { norm, slowPatches } from './helpers/case.js';
import { gradientsOf } from './helpers/gradients.js';
import { toTensor, toTensors } from './helpers/tensors.js';

// One model of closed-form parameters, run by the reference's own code in float32; the numbers below are its answers.
const config = resolveM3aeConfig({
  embedDim: 8,
  depth: 2,
  heads: 2,
  decoderDim: 12,
  decoderDepth: 1,
  decoderHeads: 3,
  patchSize: 2,
  vocabSize: 11,
});

function closedFormParams(): Tree<NdArray> {
  const shapes: Tree<ParameterShape> = m3aeShapes(config);
  const names = flattenTree(shapes)
    .map(([path]) => referenceName(path))
    .sort();
  expect(names).toHaveLength(56);
  expect(names.indexOf('encoder/Block_0/Attention_0/Dense_0/kernel')).toBe(24);
  return mapTree(shapes, ({ shape }, path): NdArray => {
    const j = names.indexOf(referenceName(path));
    const offset = path.endsWith('.scale') ? 1 : 0;
    const values = Array.from(
      { length: sizeOfShape(shape) },
      (_, i) => 0.3 * Math.sin(1 + 0.37 * i + 1.3 * j) + offset,
    );
    return ndArray(Float32Array.from(values), shape);
  });
}

function closedFormInputs(): Required<Pick<M3aeInputs, 'patches' | 'tokenIds' | 'paddingMask'>> {
  const image = Float32Array.from({ length: 2 * 8 * 8 * 3 }, (_, i) => Math.sin(0.05 * i));
  return {
    patches: toTensor(slowPatches(ndArray(image, [2, 8, 8, 3]), 2)) as Tensor3D,
    tokenIds: toTensor(ndArray(Int32Array.of(1, 3, 5, 7, 9, 0, 4, 6, 8, 0, 0, 0), [2, 6])) as Tensor2D,
    paddingMask: toTensor(ndArray(Float32Array.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1), [2, 6])) as Tensor2D,
  };
}

const fraction = (factor: number, length: number) =>
  Float32Array.from({ length }, (_, i) => (factor * (i + 1)) % 1);
const imageMask = [1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1];

beforeAll(() => setBackend('cpu'));

function plans() {
  return {
    imagePlan: planTensors(planFromNoise(fraction(0.618033988749895, 16), 1, 16, 0.75)),
    textPlan: planTensors(planFromNoise(fraction(0.754877666246693, 6), 1, 6, 0.5)),
  };
}

function scores(given: M3aeInputs, params: M3aeParams<Tensor>, allTokens = false) {
  const { output } = applyM3ae(params, config, given);
  const { patches, tokenIds, paddingMask, imagePlan, textPlan } = given;
  const mask = imagePlan && (add(imagePlan.mask, zeros([2, 16])) as Tensor2D);
  const image = output.image && patchMse(output.image, patches!, allTokens ? undefined : mask);
  const valid = paddingMask && validTokens({ mask: allTokens ? undefined : textPlan!.mask, paddingMask });
  const text = output.text && tokenCrossEntropy(output.text, tokenIds!, valid!);
  return { image, text, total: weightedSum({ image: image && [image, 1], text: text && [text.loss, 0.5] }) };
}

const one = (x: Tensor | undefined) => x!.dataSync()[0];
const isClose = (actual: ArrayLike<number>, expected: number[]) =>
  expected.every((value, i) => Math.abs(actual[i]! - value) < 1e-5);

test('masks, outputs and losses', () => {
  const params = toTensors<M3aeParams<Tensor>>(closedFormParams());
  const inputs = { ...closedFormInputs(), ...plans() };
  expect([...inputs.imagePlan.mask.dataSync()]).toEqual(imageMask);
  expect([...inputs.textPlan.mask.dataSync()]).toEqual([1, 0, 0, 0, 1, 1]);

  const { output } = applyM3ae(params, config, inputs);
  const image = output.image!.dataSync();
  expect(isClose(image, [0.082449, 0.07763, 0.062304, 0.038546])).toBe(true);
  expect(isClose(image.slice((16 + 15) * 12 + 9), [-1.475842, -1.371731, -1.081964])).toBe(true);
  expect(Math.abs(one(sum(output.image!))! + 57.84331)).toBeLessThan(1e-4);
  const text = output.text!.dataSync();
  expect(isClose(text, [0.221791, 0.203795, 0.158216, 0.091223])).toBe(true);
  expect(isClose(text.slice((6 + 5) * 11 + 8), [-0.139864, -0.320703, -0.458136])).toBe(true);
  expect(Math.abs(one(sum(output.text!))! - 16.525585)).toBeLessThan(1e-4);

  const masked = scores(inputs, params);
  expect(
    isClose(
      [one(masked.image)!, one(masked.text!.loss)!, one(masked.total)!],
      [1.0429802, 2.4502325, 2.2680964],
    ),
  ).toBe(true);
  expect(one(masked.text!.accuracy)).toBe(0);
  const all = scores(inputs, params, true);
  expect(isClose([one(all.image)!, one(all.text!.loss)!], [0.9659666, 2.4160087])).toBe(true);

  const { patches, imagePlan, tokenIds, paddingMask, textPlan } = inputs;
  expect(isClose([one(scores({ patches, imagePlan }, params).image)!], [0.9704983])).toBe(true);
  expect(isClose([one(scores({ tokenIds, paddingMask, textPlan }, params).text!.loss)!], [2.4579685])).toBe(
    true,
  );
});

test('gradient norms', () => {
  const inputs = { ...closedFormInputs(), ...plans() };
  const { gradients } = gradientsOf(toTensors(closedFormParams()), (params) =>
    keep(scores(inputs, params as M3aeParams<Tensor>).total),
  );
  const size = (path: string) => norm(gradients.get(path)!.dataSync());
  const total = norm([...gradients.keys()].map(size));
  expect(
    isClose(
      [
        total,
        size('clsToken'),
        size('imageEmbedding.kernel'),
        size('textEmbedding.table'),
        size('types.encoderText'),
        size('textHead.output.bias'),
      ],
      [6.328521, 0.0515794, 0.0069441, 0.0611556, 0.0844733, 0.2637164],
    ),
  ).toBe(true);
});

test('representation', () => {
  const params = toTensors<M3aeParams<Tensor>>(closedFormParams());
  const { output } = representM3ae(params, config, closedFormInputs());
  expect(output.shape).toEqual([2, 23, 8]);
  expect(
    isClose(
      output.dataSync(),
      [-0.864577, 0.334655, 1.217763, 1.552798, 1.264656, 0.460833, -0.618983, -1.703802],
    ),
  ).toBe(true);
  expect(Math.abs(one(sum(output))! - 30.305342)).toBeLessThan(1e-4);
});
