import { patchify } from '@m3ae/preprocess';
import { type MaskPlan, planArrays, planFromNoise } from '@m3ae/masking';
import { fromReferenceNames, type M3aeConfig, resolveM3aeConfig } from '@m3ae/transformer';
import { type NdArray, ndArray, scalarArray, type Tree } from '@m3ae/tree';
import { defaultLoss, defaultOptimizer } from '../../step/defaults.js';
import type { LossConfig, Method, OptimizerConfig, StepBatch } from '../../step/types.js';
import { BadCaseError } from '../bad-case.js';
import {
  booleanField,
  listField,
  numberField,
  objectField,
  refuseOtherKeys,
  requireTensor,
  tensorsBelow,
} from '../fields.js';
import { toleranceOf } from '../tolerance.js';
import type { CaseTensor, GoldenCase } from '../types.js';

/** A case of several optimiser steps, ready to run. */
export interface StepsSetup {
  readonly method: Method;
  readonly model: M3aeConfig;
  readonly loss: LossConfig;
  readonly optimizer: OptimizerConfig;
  /** What `case.json` expects of each step, in order. */
  readonly steps: readonly Readonly<Record<string, unknown>>[];
  readonly params: Tree<NdArray>;
  readonly tolerance: (name: string) => number;
  /** The mask plans of one step. */
  plans(step: number): Plans;
  /** The batch of one step. */
  batch(step: number, learningRate: number): StepBatch;
}

/** Plans of the parts that a case has. */
export interface Plans {
  readonly image?: MaskPlan;
  readonly text?: MaskPlan;
  readonly unpairedText?: MaskPlan;
}

const sizeKeys = [
  'embedDim',
  'depth',
  'heads',
  'decoderDim',
  'decoderDepth',
  'decoderHeads',
  'mlpRatio',
] as const;
const otherKeys = ['patchSize', 'channels', 'vocabSize', 'outputHeadDepth', 'normEpsilon'] as const;
const lossKeys = ['imageWeight', 'textWeight', 'unpairedTextWeight'] as const;
const rateKeys = [
  'peakLearningRate',
  'initLearningRate',
  'endLearningRate',
  'warmupSteps',
  'totalSteps',
] as const;
const adamKeys = ['b1', 'b2', 'eps', 'weightDecay', 'clipNorm'] as const;

/** @throws BadCaseError if `case.json` or the tensors are not those of such a case. */
export function readSteps(golden: GoldenCase, method: Method): StepsSetup {
  const meta = objectField(golden.meta, 'model');
  const inputs = readInputs(golden, numberField(meta, 'patchSize'));
  const steps = listField(golden.meta, 'steps') as readonly Readonly<Record<string, unknown>>[];
  const model = readModel(meta, inputs, method);
  const ratios = { image: meta.imageMaskRatio, text: meta.textMaskRatio, unpairedText: meta.textMaskRatio };

  const plan = (part: keyof Plans, step: number, length: number, batch: number): MaskPlan => {
    const noise = requireTensor(golden, `noise/${part}/${step}`, 1, 2);
    const rows = noise.shape.length === 1 ? 1 : noise.shape[0]!;
    if (noise.shape.at(-1) !== length || (rows !== 1 && rows !== batch)) {
      throw new BadCaseError(
        `noise/${part}/${step} must be [${length}] or [${batch},${length}]; received [${noise.shape}].`,
      );
    }
    return planFromNoise(noise.data as Float32Array, rows, length, numberField(ratios, part));
  };
  const plans = (step: number): Plans => ({
    ...(inputs.patches && { image: plan('image', step, inputs.patches.shape[1]!, inputs.patches.shape[0]!) }),
    ...(inputs.tokenIds && {
      text: plan('text', step, inputs.tokenIds.shape[1]!, inputs.tokenIds.shape[0]!),
    }),
    ...(inputs.unpairedTokenIds && {
      unpairedText: plan(
        'unpairedText',
        step,
        inputs.unpairedTokenIds.shape[1]!,
        inputs.unpairedTokenIds.shape[0]!,
      ),
    }),
  });

  return {
    method,
    model,
    loss: readLoss(golden, meta),
    optimizer: readOptimizer(golden),
    steps,
    params: readParams(golden, model, method),
    tolerance: toleranceOf(golden),
    plans,
    batch: (step, learningRate) => toBatch(inputs, plans(step), learningRate),
  };
}

/** The input arrays of a case, as far as it has them. */
interface CaseInputs {
  readonly patches?: NdArray;
  readonly channels?: number;
  readonly tokenIds?: NdArray;
  readonly paddingMask?: NdArray;
  readonly unpairedTokenIds?: NdArray;
  readonly unpairedPaddingMask?: NdArray;
}

function readInputs(golden: GoldenCase, patchSize: number): CaseInputs {
  const image = golden.tensors.get('input/image');
  const text = (ids: string, padding: string) =>
    golden.tensors.has(`input/${ids}`) && {
      [ids]: toNdArray(requireTensor(golden, `input/${ids}`, 2)),
      [padding]: toNdArray(requireTensor(golden, `input/${padding}`, 2)),
    };
  const inputs: CaseInputs = {
    ...(image && { patches: patchesOf(image, patchSize), channels: image.shape[3] }),
    ...(!image && golden.tensors.has('input/patches') && readPatches(golden, patchSize)),
    ...text('tokenIds', 'paddingMask'),
    ...text('unpairedTokenIds', 'unpairedPaddingMask'),
  };
  if (!inputs.patches && !inputs.tokenIds) {
    throw new BadCaseError('tensors.safetensors must hold input/image or input/tokenIds; it has neither.');
  }
  return inputs;
}

function readPatches(golden: GoldenCase, patchSize: number): Pick<CaseInputs, 'patches' | 'channels'> {
  const patches = toNdArray(requireTensor(golden, 'input/patches', 3));
  return { patches, channels: patches.shape[2]! / patchSize ** 2 };
}

/** image: [batch, height, width, channels] -> [batch, patches, patchDim] */
export function patchesOf(image: CaseTensor, patchSize: number): NdArray {
  const [batch, height, width, channels] = image.shape as [number, number, number, number];
  const size = height * width * channels;
  const pixels = image.data as Float32Array;
  const rows = Array.from({ length: batch }, (_, i) =>
    patchify(pixels.subarray(i * size, (i + 1) * size), { height, width, channels, patchSize }),
  );
  const patchDim = patchSize * patchSize * channels;
  const data = new Float32Array(batch * size);
  rows.forEach((row, i) => data.set(row, i * size));
  return ndArray(data, [batch, size / patchDim, patchDim]);
}

function readModel(meta: Readonly<Record<string, unknown>>, inputs: CaseInputs, method: Method): M3aeConfig {
  refuseOtherKeys(meta, 'model', [
    ...sizeKeys,
    ...otherKeys,
    'useTypeEmbedding',
    'gelu',
    'imageSize',
    'imageMaskRatio',
    'textMaskRatio',
    'normaliseTargetPixels',
  ]);
  const number = (keys: readonly string[]) =>
    Object.fromEntries(
      keys.filter((name) => meta[name] !== undefined).map((name) => [name, numberField(meta, name)]),
    );
  if (method === 'm3ae') numberField(meta, 'vocabSize');
  for (const name of sizeKeys) numberField(meta, name);
  return resolveM3aeConfig({
    channels: inputs.channels ?? 3,
    ...number([...sizeKeys, ...otherKeys]),
    useTypeEmbedding: booleanField(meta, 'useTypeEmbedding', true),
    ...(meta.gelu !== undefined && { gelu: meta.gelu as 'tanh' | 'erf' }),
  });
}

function readLoss(golden: GoldenCase, model: Readonly<Record<string, unknown>>): LossConfig {
  const loss = objectField(golden.meta, 'loss');
  refuseOtherKeys(loss, 'loss', [...lossKeys, 'imageAllTokens', 'textAllTokens']);
  return {
    imageWeight: numberField(loss, 'imageWeight', defaultLoss.imageWeight),
    textWeight: numberField(loss, 'textWeight', defaultLoss.textWeight),
    unpairedTextWeight: numberField(loss, 'unpairedTextWeight', defaultLoss.unpairedTextWeight),
    imageAllTokens: booleanField(loss, 'imageAllTokens', false),
    textAllTokens: booleanField(loss, 'textAllTokens', false),
    normalizeTargets: booleanField(model, 'normaliseTargetPixels', false),
  };
}

function readOptimizer(golden: GoldenCase): OptimizerConfig {
  const fields = objectField(golden.meta, 'optimizer');
  refuseOtherKeys(fields, 'optimizer', [...rateKeys, ...adamKeys]);
  const defaults = defaultOptimizer as Readonly<Record<string, unknown>>;
  const numbers = Object.fromEntries(
    [...rateKeys, ...adamKeys].map((name) => [
      name,
      numberField(fields, name, defaults[name] as number | undefined),
    ]),
  );
  return { ...defaultOptimizer, ...(numbers as unknown as OptimizerConfig) };
}

function readParams(golden: GoldenCase, model: M3aeConfig, method: Method): Tree<NdArray> {
  const named = Object.fromEntries(
    Object.entries(tensorsBelow(golden, 'params/')).map(([name, tensor]) => [name, toNdArray(tensor)]),
  );
  try {
    return fromReferenceNames(named, model, method) as unknown as Tree<NdArray>;
  } catch (error) {
    throw new BadCaseError(`params/… must be those of the model in case.json; ${(error as Error).message}`);
  }
}

function toBatch(inputs: CaseInputs, plans: Plans, learningRate: number): StepBatch {
  return {
    ...(inputs.patches && plans.image && { patches: inputs.patches, imagePlan: planArrays(plans.image) }),
    ...(inputs.tokenIds &&
      plans.text && {
        tokenIds: inputs.tokenIds,
        paddingMask: inputs.paddingMask,
        textPlan: planArrays(plans.text),
      }),
    ...(inputs.unpairedTokenIds &&
      plans.unpairedText && {
        unpairedText: {
          tokenIds: inputs.unpairedTokenIds,
          paddingMask: inputs.unpairedPaddingMask!,
          textPlan: planArrays(plans.unpairedText),
        },
      }),
    learningRate: scalarArray(learningRate),
  };
}

function toNdArray({ data, shape }: CaseTensor): NdArray {
  return ndArray(data instanceof Uint32Array ? Int32Array.from(data) : data, shape);
}
