import '@tensorflow/tfjs-backend-cpu';
import { mapTree, ndArray, type NdArray, type Tree, zerosArray } from '@m3ae/tree';
import { add, keep, setBackend, type Tensor, type Tensor3D, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type M3aeConfig,
  type M3aeParams,
  type MaeParams,
  representM3ae,
  representMae,
  toFacebookNames,
  toReferenceNames,
} from '../src/index.js';
import { gradientError, type Kind, norm, outputError, readCase, readInputs } from './helpers/case.js';
import { readGolden } from './helpers/golden.js';
import { gradientsOf } from './helpers/gradients.js';
import { toTensors } from './helpers/tensors.js';

beforeAll(() => setBackend('cpu'));

// Tolerances ten times below those of the cases: a faithful float32 port lands near 1e-6.
const tolerance = { output: 2e-6, loss: 2e-6, gradient: 1e-5 };
const cases: [string, Kind][] = [
  ['m3ae-paired', 'm3ae'],
  ['m3ae-image-only', 'm3ae'],
  ['m3ae-text-only', 'm3ae'],
  ['m3ae-paired-and-unpaired-text', 'm3ae'],
  ['m3ae-all-tokens', 'm3ae'],
  ['m3ae-deep-heads', 'm3ae'],
  ['m3ae-no-type-embedding', 'm3ae'],
  ['mae', 'mae'],
  ['facebook-mae', 'facebook'],
  ['facebook-mae-normalised-pixels', 'facebook'],
];

describe.each(cases)('%s equals its golden numbers', (name, kind) => {
  const golden = readGolden(name);
  const expected = golden.below('expected/');
  const allTokens = name === 'm3ae-all-tokens';

  test('outputs and masks', () => {
    const { params, apply, plans } = readCase(golden, kind);
    const output = apply(toTensors(params), 'all');
    if (expected.imageOutput) expect(outputError(output.image!, expected.imageOutput)).toBeLessThan(tolerance.output);
    if (expected.textOutput) expect(outputError(output.text!, expected.textOutput)).toBeLessThan(tolerance.output);
    if (expected.unpairedTextOutput) {
      const { text } = apply(toTensors(params), 'all', true);
      expect(outputError(text!, expected.unpairedTextOutput)).toBeLessThan(tolerance.output);
    }
    for (const part of ['image', 'text', 'unpairedText'] as const) {
      const mask = expected[`${part}Mask`];
      if (mask) expect(outputError(add(plans[part]!.mask, zeros(mask.shape as number[])), mask)).toBe(0);
    }
  });

  test.each(allTokens ? (['all'] as const) : (['all', 'hidden'] as const))(
    'losses and gradients, predicting %s',
    (predict) => {
      const { params, loss, config } = readCase(golden, kind);
      const scores: Record<string, Tensor | undefined> = {};
      const { gradients } = gradientsOf(toTensors(params), (tensors) => {
        const all = loss(tensors, predict);
        for (const [metric, value] of Object.entries(all)) scores[metric] = value && keep(value as Tensor);
        return all.loss;
      });
      const firstStep = kind === 'facebook' ? { loss: golden.meta.loss as number } : golden.meta.steps[0]!;
      for (const [metric, value] of Object.entries(firstStep)) {
        if (metric === 'step' || metric === 'learningRate' || metric === 'gradientNorm') continue;
        expect(Math.abs(scores[metric]!.dataSync()[0]! - value), metric).toBeLessThan(tolerance.loss);
      }
      const named = namedGradients(params, gradients, kind, config);
      const expectedGradients = Object.entries(golden.below('expected/gradient/'));
      expect(expectedGradients.length).toBeGreaterThan(20);
      for (const [parameter, reference] of expectedGradients) {
        expect(gradientError(named[parameter]!, reference), parameter).toBeLessThan(tolerance.gradient);
      }
      if (kind === 'facebook') return;
      const total = norm([...gradients.values()].map((gradient) => norm(gradient.dataSync())));
      expect(Math.abs(total / firstStep.gradientNorm! - 1)).toBeLessThan(tolerance.gradient);
    },
  );

  test.runIf(expected.representation || expected.imageOnlyRepresentation)('representation and attention', () => {
    const { params, config } = readCase(golden, kind);
    const { patches, tokenIds, paddingMask } = readInputs(golden, config);
    const tensors = toTensors(params);
    const { output, activations } =
      kind === 'mae'
        ? representMae(tensors as MaeParams<Tensor>, config, { patches })
        : representM3ae(tensors as M3aeParams<Tensor>, config, { patches, tokenIds, paddingMask });
    const whole = expected.representation ?? expected.imageOnlyRepresentation!;
    expect(outputError(output, whole)).toBeLessThan(tolerance.output);
    if (expected.lastAttention) {
      const last = activations[`encoder.blocks.${config.depth - 1}.attention.weights`]!;
      expect(outputError(last, expected.lastAttention)).toBeLessThan(tolerance.output);
    }
    if (kind === 'm3ae' && expected.imageOnlyRepresentation) {
      const images = representM3ae(tensors as M3aeParams<Tensor>, config, { patches: patches as Tensor3D });
      expect(outputError(images.output, expected.imageOnlyRepresentation)).toBeLessThan(tolerance.output);
    }
  });
});

/** Gradients under the names and in the layouts of the other implementation; zero for a parameter without a use. */
function namedGradients(
  params: Tree<NdArray>,
  gradients: ReadonlyMap<string, Tensor>,
  kind: Kind,
  config: M3aeConfig,
): Record<string, NdArray> {
  const tree = mapTree(params, ({ shape }, path): NdArray => {
    const gradient = gradients.get(path);
    return gradient ? ndArray(gradient.dataSync() as Float32Array, gradient.shape) : zerosArray(shape);
  });
  return kind === 'facebook'
    ? toFacebookNames(tree as MaeParams<NdArray>, config, [4, 4])
    : toReferenceNames(tree);
}
