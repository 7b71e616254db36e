import { normalizeTargets, patchMse, tokenCrossEntropy, validTokens, weightedSum } from '@m3ae/losses';
import { gatherTokens, gatherTokens2d, type MaskPlan } from '@m3ae/masking';
import { mapTree, ndArray, type NdArray, type Tree } from '@m3ae/tree';
import { add, type Scalar, type Tensor, type Tensor2D, type Tensor3D, zeros } from '@tensorflow/tfjs-core';
import {
  applyM3ae,
  applyMae,
  fromFacebookNames,
  fromReferenceNames,
  type M3aeConfig,
  type M3aeParams,
  type MaeParams,
  type Predictions,
  resolveM3aeConfig,
  toFacebookNames,
  toReferenceNames,
} from '../../src/index.js';
import type { Golden } from './golden.js';
import { planOf, toTensor } from './tensors.js';

/** A golden case ready to run. */
export interface Case {
  readonly config: M3aeConfig;
  readonly params: Tree<NdArray>;
  readonly apply: (params: Tree<Tensor>, predict: 'all' | 'hidden', unpaired?: boolean) => Predictions;
  readonly loss: (params: Tree<Tensor>, predict: 'all' | 'hidden') => Scores;
  readonly plans: Plans;
}

export interface Scores {
  readonly loss: Scalar;
  readonly imageLoss?: Scalar;
  readonly textLoss?: Scalar;
  readonly textAccuracy?: Scalar;
  readonly unpairedTextLoss?: Scalar;
  readonly unpairedTextAccuracy?: Scalar;
}

export interface Plans {
  readonly image?: MaskPlan<Tensor2D>;
  readonly text?: MaskPlan<Tensor2D>;
  readonly unpairedText?: MaskPlan<Tensor2D>;
}

export type Kind = 'm3ae' | 'mae' | 'facebook';

export function readCase(golden: Golden, kind: Kind): Case {
  const { model, loss } = golden.meta;
  const { imageMaskRatio, textMaskRatio, imageSize: _, normaliseTargetPixels, ...dimensions } = model;
  const config = resolveM3aeConfig({
    ...dimensions,
    ...(kind === 'facebook' && { gelu: 'erf', useTypeEmbedding: false }),
  });
  const inputs = readInputs(golden, config);
  const plan = (name: string, ratio: number | boolean | undefined) => {
    const noise = golden.tensors.get(`noise/${name}/0`);
    return noise && planOf(noise, ratio as number);
  };
  const plans = {
    image: plan('image', imageMaskRatio),
    text: plan('text', textMaskRatio),
    unpairedText: plan('unpairedText', textMaskRatio),
  };
  const named = golden.below('params/');
  const apply: Case['apply'] = (params, predict, unpaired = false) => {
    const { patches, tokenIds, paddingMask } = unpaired ? inputs.unpaired! : inputs;
    const textPlan = unpaired ? plans.unpairedText : plans.text;
    const given = { patches, tokenIds, paddingMask, imagePlan: plans.image, textPlan };
    return kind === 'm3ae'
      ? applyM3ae(params as M3aeParams<Tensor>, config, given, { predict }).output
      : applyMae(params as MaeParams<Tensor>, config, { patches, imagePlan: plans.image }, { predict })
          .output;
  };
  const weights = (typeof loss === 'number' ? { imageWeight: 1 } : loss) as Record<string, number | boolean>;
  const target = inputs.patches && normaliseTargetPixels ? normalizeTargets(inputs.patches) : inputs.patches;
  const textScores = (
    output: Tensor3D,
    text: TextTensors,
    textPlan: MaskPlan<Tensor2D>,
    predict: 'all' | 'hidden',
  ) => {
    const mask = weights.textAllTokens ? undefined : textPlan.mask;
    const valid = validTokens({ mask, paddingMask: text.paddingMask! });
    return predict === 'all'
      ? tokenCrossEntropy(output, text.tokenIds!, valid)
      : tokenCrossEntropy(
          output,
          gatherTokens2d(text.tokenIds!, 'hidden', textPlan),
          gatherTokens2d(valid, 'hidden', textPlan),
        );
  };
  return {
    config,
    plans,
    params: kind === 'facebook' ? fromFacebookNames(named, config) : fromReferenceNames(named, config, kind),
    apply,
    loss(params, predict) {
      const output = apply(params, predict);
      const imageLoss =
        output.image && imageScore(output.image, target!, plans.image!, predict, !!weights.imageAllTokens);
      const text = output.text && textScores(output.text, inputs, plans.text!, predict);
      const unpaired =
        inputs.unpaired &&
        textScores(apply(params, predict, true).text!, inputs.unpaired, plans.unpairedText!, predict);
      return {
        loss: weightedSum({
          image: imageLoss && [imageLoss, weights.imageWeight as number],
          text: text && [text.loss, weights.textWeight as number],
          unpairedText: unpaired && [unpaired.loss, weights.unpairedTextWeight as number],
        }),
        imageLoss,
        textLoss: text?.loss,
        textAccuracy: text?.accuracy,
        unpairedTextLoss: unpaired?.loss,
        unpairedTextAccuracy: unpaired?.accuracy,
      };
    },
  };
}

function imageScore(
  output: Tensor3D,
  target: Tensor3D,
  plan: MaskPlan<Tensor2D>,
  predict: 'all' | 'hidden',
  allTokens: boolean,
): Scalar {
  if (predict === 'hidden') return patchMse(output, gatherTokens(target, 'hidden', plan));
  const [batch] = target.shape;
  return patchMse(output, target, allTokens ? undefined : broadcastRows(plan.mask, batch));
}

interface TextTensors {
  readonly tokenIds?: Tensor2D;
  readonly paddingMask?: Tensor2D;
}

export interface InputTensors extends TextTensors {
  readonly patches?: Tensor3D;
  readonly unpaired?: TextTensors & { readonly patches?: undefined };
}

export function readInputs(golden: Golden, config: M3aeConfig): InputTensors {
  const find = (name: string) => golden.tensors.get(`input/${name}`);
  const image = find('image');
  const patches = find('patches') ?? (image && slowPatches(image, config.patchSize));
  return {
    ...(patches && { patches: toTensor(patches) as Tensor3D }),
    ...text(find('tokenIds'), find('paddingMask')),
    ...(find('unpairedTokenIds') && {
      unpaired: text(find('unpairedTokenIds'), find('unpairedPaddingMask')),
    }),
  };
}

function text(ids?: NdArray, padding?: NdArray) {
  return ids && { tokenIds: toTensor(ids) as Tensor2D, paddingMask: toTensor(padding!) as Tensor2D };
}

/** image [batch, height, width, channels] -> [batch, patches, patchDim], one number after the other. */
export function slowPatches({ data, shape }: NdArray, patchSize: number): NdArray {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const values: number[] = [];
  for (let b = 0; b < batch; b++)
    for (let top = 0; top < height; top += patchSize)
      for (let left = 0; left < width; left += patchSize)
        for (let row = top; row < top + patchSize; row++)
          for (let column = left; column < left + patchSize; column++)
            for (let c = 0; c < channels; c++) {
              values.push(data[((b * height + row) * width + column) * channels + c]!);
            }
  const patches = (height / patchSize) * (width / patchSize);
  return ndArray(Float32Array.from(values), [batch, patches, patchSize * patchSize * channels]);
}

/** Largest difference, over the larger of 1 and the largest expected magnitude. */
export function outputError(actual: Tensor, expected: NdArray): number {
  if (actual.shape.join() !== expected.shape.join()) {
    throw new Error(`shape [${actual.shape}] instead of [${expected.shape}]`);
  }
  const values = actual.dataSync();
  let difference = 0;
  let magnitude = 1;
  expected.data.forEach((value, i) => {
    difference = Math.max(difference, Math.abs(values[i]! - value));
    magnitude = Math.max(magnitude, Math.abs(value));
    if (Number.isNaN(values[i]!)) difference = Infinity;
  });
  return difference / magnitude;
}

/** L2 norm of the difference over that of the expected; absolute where that is below 1e-6. */
export function gradientError(actual: NdArray, expected: NdArray): number {
  if (actual.shape.join() !== expected.shape.join()) {
    throw new Error(`shape [${actual.shape}] instead of [${expected.shape}]`);
  }
  const difference = norm(Array.from(actual.data, (value, i) => value - expected.data[i]!));
  const size = norm(expected.data);
  return size < 1e-6 ? difference : difference / size;
}

export function norm(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]! ** 2;
  return Math.sqrt(total);
}

/** A mask shared by the batch, one row, as one row an example. */
export function broadcastRows(mask: Tensor2D, batch: number): Tensor2D {
  return add(mask, zeros([batch, mask.shape[1]]));
}

/** Gradients under the names and in the layouts of the other implementation; zero for a parameter without a use. */
export function namedGradients(
  params: Tree<NdArray>,
  gradients: ReadonlyMap<string, Tensor>,
  kind: Kind,
  config: M3aeConfig,
): Record<string, NdArray> {
  const tree = mapTree(params, (_, path): NdArray => {
    const gradient = gradients.get(path)!;
    return ndArray(gradient.dataSync() as Float32Array, gradient.shape);
  });
  return kind === 'facebook'
    ? toFacebookNames(tree as MaeParams<NdArray>, config, [4, 4])
    : toReferenceNames(tree);
}
