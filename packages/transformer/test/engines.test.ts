import { compile, eager, valueAndGradients } from '@m3ae/compile';
import { patchMse, tokenCrossEntropy, weightedSum } from '@m3ae/losses';
import {
  gatherTokens,
  gatherTokens2d,
  leaveOutPadding,
  type TrimmedMaskPlan,
  randomMask,
} from '@m3ae/masking';
import { key } from '@m3ae/random';
import { flattenTree, ndArray, type NdArray, type Tree } from '@m3ae/tree';
import { sub, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  applyM3ae,
  drawNoise,
  type M3aeConfig,
  type M3aeInputs,
  type M3aeParams,
  positions2d,
} from '../src/index.js';
import { batch, grid, setUpArrays, textLength } from './helpers/small-model.js';

type Inputs = Required<M3aeInputs>;

/** Value, gradients and an attention map of one training step, as a function for any engine. */
function lossStep(config: M3aeConfig, predict: 'all' | 'hidden') {
  return (params: M3aeParams<Tensor>, inputs: Inputs) => {
    const { patches, tokenIds, imagePlan, textPlan } = inputs;
    const real = sub(1, inputs.paddingMask) as Tensor2D;
    return valueAndGradients<M3aeParams<Tensor>, Tree<Tensor>>((given) => {
      const { output, activations } = applyM3ae(given, config, inputs, { grid, predict });
      const shown = predict === 'all';
      const image = patchMse(output.image!, shown ? patches : gatherTokens(patches, 'hidden', imagePlan));
      const text = tokenCrossEntropy(
        output.text!,
        shown ? tokenIds : gatherTokens2d(tokenIds, 'hidden', textPlan),
        shown ? real : gatherTokens2d(real, 'hidden', textPlan),
      );
      return {
        value: weightedSum({ image: [image, 1], text: [text.loss, 0.5] }),
        aux: { weights: activations['encoder.blocks.1.attention.weights']!, accuracy: text.accuracy },
      };
    }, params);
  };
}

test.each([
  ['hidden', {}],
  ['all', {}],
  ['hidden', { dropout: 0.1, attentionDropout: 0.1, dropPath: 0.2 }],
  ['hidden', { gelu: 'erf', outputHeadDepth: 2, useTypeEmbedding: false }],
  ['hidden', { gelu: 'quick', learnedPositions: grid, inputNorm: true }],
] as const)('cpu, wasm and the compiled graph agree: %s, %o', async (predict, change) => {
  const { config, params, inputs } = setUpArrays(change);
  const shape = { batch, imageTokens: 6, imageKeep: 3, textTokens: 5, textKeep: 3 };
  const given = { ...inputs, noise: drawNoise(key(9), config, shape) } as never;
  const step = lossStep(config, predict);
  const compiled = compile(step);
  const oracle = leaves(await eager(step, { backend: 'cpu' })(params, given));
  const others = [await eager(step, { backend: 'wasm' })(params, given), await compiled(params, given)];
  compiled.dispose();
  for (const other of others.map(leaves)) {
    expect([...other.keys()]).toEqual([...oracle.keys()]);
    const far = [...oracle].filter(([path, values]) => !(difference(values, other.get(path)!) < 2e-5));
    expect(far.map(([path]) => path)).toEqual([]);
  }
});

test('learned positions that equal the fixed codes change no number, and learn', async () => {
  const { config, params, inputs } = setUpArrays();
  const learned = { ...config, learnedPositions: grid };
  const positions = ndArray(positions2d(grid[0], grid[1], config.embedDim), [6, config.embedDim]);
  const run = (each: M3aeConfig, weights: unknown) =>
    eager(lossStep(each, 'hidden'), { backend: 'cpu' })(weights as never, inputs as never);
  const [fixed, same] = [
    leaves(await run(config, params)),
    leaves(await run(learned, { ...params, positions })),
  ];
  const far = [...fixed].filter(([path, values]) => !(difference(values, same.get(path)!) < 1e-6));
  expect(far.map(([path]) => path)).toEqual([]);
  // What reaches a visible patch's embedding reaches its position: the sum over patches is the bias's gradient.
  const gradient = same.get('gradients.positions')!;
  const bias = same.get('gradients.imageEmbedding.bias')!;
  const sums = [...bias.data].map((_, at) =>
    [0, 1, 2, 3, 4, 5].reduce((sum, row) => sum + gradient.data[row * bias.data.length + at]!, 0),
  );
  sums.forEach((sum, at) => expect(sum).toBeCloseTo(bias.data[at]!, 5));
});

test('leaving padding out of the plan changes neither loss nor gradients', async () => {
  const { config, params, inputs } = setUpArrays();
  const plan = randomMask(key(4), { length: textLength, maskRatio: 0.4, rows: batch });
  const short = ndArray(
    Float32Array.from({ length: 15 }, (_, i) => (i % 5 < 1 ? 0 : 1)),
    [batch, textLength],
  );
  const step = eager(lossStep(config, 'hidden'), { backend: 'cpu' });
  const run = async (textPlan: TrimmedMaskPlan) =>
    leaves(await step(params, { ...inputs, paddingMask: short, textPlan } as never));
  const trimmed = leaveOutPadding(plan, short.data, batch);
  expect(trimmed.idsHidden.shape[1]).toBeLessThan(plan.idsHidden.shape[1]!);
  const [whole, less] = [await run(plan), await run(trimmed)];
  const compared = [...whole].filter(([path]) => path.startsWith('gradients.') || path === 'value');
  expect(compared.length).toBeGreaterThan(50);
  expect(compared.filter(([path, values]) => !(difference(values, less.get(path)!) < 1e-6))).toEqual([]);
});

function leaves(result: unknown): Map<string, NdArray> {
  return new Map(flattenTree(result as Tree<NdArray>));
}

/** Largest difference, over the larger of 1 and the largest magnitude. */
function difference(a: NdArray, b: NdArray): number {
  expect(b.shape).toEqual(a.shape);
  const magnitude = [...a.data].reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return [...a.data].reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0) / magnitude;
}
