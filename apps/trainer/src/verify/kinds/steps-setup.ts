import { type MaskPlan, planFromNoise } from '@m3ae/masking';
import { fromReferenceNames, type M3aeConfig, resolveM3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import {
  defaultLossWeights,
  type LossWeights,
  m3ae,
  type M3aeBatch,
  type M3aeTensors,
  mae,
} from '@m3ae/tasks';
import type { Task } from '@m3ae/training';
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

/** AdamW and its schedule as `case.json` names them. */
export type CaseOptimizer = Readonly<Record<(typeof rateKeys)[number] | (typeof adamKeys)[number], number>>;

/** A case of several optimizer steps, ready to run. */
export interface StepsSetup {
  readonly method: 'm3ae' | 'mae';
  readonly model: M3aeConfig;
  readonly task: Task<M3aeBatch, M3aeTensors>;
  readonly optimizer: CaseOptimizer;
  /** What `case.json` expects of each step, in order. */
  readonly steps: readonly Readonly<Record<string, unknown>>[];
  readonly params: Tree<NdArray>;
  readonly tolerance: (name: string) => number;
  readonly inputs: CaseInputs;
  /** The mask plans of one step. */
  plans(step: number): Plans;
  /** The batch of one step. */
  batch(step: number): M3aeBatch;
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

/** What a case may leave out: the reference's defaults. */
const optimizerDefaults = {
  initLearningRate: 0,
  endLearningRate: 0,
  warmupSteps: 0,
  b1: 0.9,
  b2: 0.95,
  eps: 1e-8,
  weightDecay: 0.05,
  clipNorm: 1e9,
} as const;

/** @throws BadCaseError if `case.json` or the tensors are not those of such a case. */
export function readSteps(golden: GoldenCase, method: 'm3ae' | 'mae'): StepsSetup {
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
  const loss = readLoss(golden, meta);
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
    task: method === 'm3ae' ? m3ae({ model, loss }) : mae({ model, loss }),
    optimizer: readOptimizer(golden, steps.length > 0),
    steps,
    params: readParams(golden, model, method),
    tolerance: toleranceOf(golden),
    plans: (step) => plansOfSteps[step]!,
    batch: (step) => toBatch(inputs, plansOfSteps[step]!),
  };
}

function readModel(
  meta: Readonly<Record<string, unknown>>,
  inputs: CaseInputs,
  method: 'm3ae' | 'mae',
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

function readLoss(golden: GoldenCase, model: Readonly<Record<string, unknown>>): LossWeights {
  const loss = objectField(golden.meta, 'loss');
  refuseOtherKeys(loss, 'loss', [...lossKeys, 'imageAllTokens', 'textAllTokens']);
  return {
    imageWeight: numberField(loss, 'imageWeight', defaultLossWeights.imageWeight),
    textWeight: numberField(loss, 'textWeight', defaultLossWeights.textWeight),
    unpairedTextWeight: numberField(loss, 'unpairedTextWeight', defaultLossWeights.unpairedTextWeight),
    imageAllTokens: booleanField(loss, 'imageAllTokens', false),
    textAllTokens: booleanField(loss, 'textAllTokens', false),
    normalizeTargets: booleanField(model, 'normaliseTargetPixels', false),
  };
}

/** A case without steps needs none. */
function readOptimizer(golden: GoldenCase, needed: boolean): CaseOptimizer {
  if (!needed) return { ...optimizerDefaults, peakLearningRate: 0, totalSteps: 1 };
  const fields = objectField(golden.meta, 'optimizer');
  refuseOtherKeys(fields, 'optimizer', [...rateKeys, ...adamKeys]);
  const defaults: Readonly<Record<string, number>> = optimizerDefaults;
  const numbers = Object.fromEntries(
    [...rateKeys, ...adamKeys].map((name) => [name, numberField(fields, name, defaults[name])]),
  );
  return numbers as unknown as CaseOptimizer;
}

function readParams(golden: GoldenCase, model: M3aeConfig, method: 'm3ae' | 'mae'): Tree<NdArray> {
  const named = Object.fromEntries(
    Object.entries(tensorsBelow(golden, 'params/')).map(([name, tensor]) => [name, toNdArray(tensor)]),
  );
  try {
    return fromReferenceNames(named, model, method) as unknown as Tree<NdArray>;
  } catch (error) {
    throw new BadCaseError(`params/… must be those of the model in case.json; ${(error as Error).message}`);
  }
}
