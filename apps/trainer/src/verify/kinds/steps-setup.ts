import { type MaskPlan, planFromNoise } from '@m3ae/masking';
import { fromReferenceNames, type M3aeConfig, resolveM3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import { defaultLoss, defaultOptimizer } from '../../step/defaults.js';
import type { LossConfig, MaskedMethod, OptimizerConfig, StepBatch } from '../../step/types.js';
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
import type { GoldenCase } from '../types.js';
import { type CaseInputs, type Plans, readInputs, toBatch, toNdArray } from './case-inputs.js';

/** A case of several optimiser steps, ready to run. */
export interface StepsSetup {
  readonly method: MaskedMethod;
  readonly model: M3aeConfig;
  readonly loss: LossConfig;
  readonly optimizer: OptimizerConfig;
  /** What `case.json` expects of each step, in order. */
  readonly steps: readonly Readonly<Record<string, unknown>>[];
  readonly params: Tree<NdArray>;
  readonly tolerance: (name: string) => number;
  readonly inputs: CaseInputs;
  /** The mask plans of one step. */
  plans(step: number): Plans;
  /** The batch of one step. */
  batch(step: number, learningRate: number): StepBatch;
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
export function readSteps(golden: GoldenCase, method: MaskedMethod): StepsSetup {
  const meta = objectField(golden.meta, 'model');
  const inputs = readInputs(golden, numberField(meta, 'patchSize'));
  const steps = (golden.meta.steps === undefined ? [] : listField(golden.meta, 'steps')) as readonly Readonly<
    Record<string, unknown>
  >[];
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

  // All of them at once, so that what is missing shows before anything is computed.
  const plansOfSteps = Array.from({ length: Math.max(1, steps.length) }, (_, step) => plans(step));

  return {
    method,
    inputs,
    model,
    loss: readLoss(golden, meta),
    optimizer: readOptimizer(golden, steps.length > 0),
    steps,
    params: readParams(golden, model, method),
    tolerance: toleranceOf(golden),
    plans: (step) => plansOfSteps[step]!,
    batch: (step, learningRate) => toBatch(inputs, plansOfSteps[step]!, learningRate),
  };
}

function readModel(
  meta: Readonly<Record<string, unknown>>,
  inputs: CaseInputs,
  method: MaskedMethod,
): M3aeConfig {
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

/** A case without steps needs none. */
function readOptimizer(golden: GoldenCase, needed: boolean): OptimizerConfig {
  if (!needed) return { ...defaultOptimizer, peakLearningRate: 0, totalSteps: 1 };
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

function readParams(golden: GoldenCase, model: M3aeConfig, method: MaskedMethod): Tree<NdArray> {
  const named = Object.fromEntries(
    Object.entries(tensorsBelow(golden, 'params/')).map(([name, tensor]) => [name, toNdArray(tensor)]),
  );
  try {
    return fromReferenceNames(named, model, method) as unknown as Tree<NdArray>;
  } catch (error) {
    throw new BadCaseError(`params/… must be those of the model in case.json; ${(error as Error).message}`);
  }
}
