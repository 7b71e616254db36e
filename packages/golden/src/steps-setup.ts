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
import { type CaseInputs, type Plans, readInputs, readParams, readPlan, toBatch } from './case-inputs.js';
import {
  booleanField,
  type JsonObject,
  numberField,
  numberFields,
  objectField,
  objectsField,
  rateKeys,
  readSchedule,
  refuseOtherKeys,
  sizeKeys,
  toleranceOf,
} from './fields.js';
import type { GoldenCase } from './golden-case.js';

const otherKeys = ['patchSize', 'vocabSize', 'outputHeadDepth', 'normEpsilon'] as const;
const adamKeys = ['b1', 'b2', 'eps', 'weightDecay', 'clipNorm'] as const;

/** What a case may leave out: the reference's defaults. */
const adamDefaults = { b1: 0.9, b2: 0.95, eps: 1e-8, weightDecay: 0.05, clipNorm: 1e9 };

/** A case of several optimizer steps, ready to run. */
export interface StepsSetup {
  readonly method: 'm3ae' | 'mae';
  readonly model: M3aeConfig;
  readonly task: Task<M3aeBatch, M3aeTensors>;
  /** What `case.json` expects of each step, in order. */
  readonly steps: readonly JsonObject[];
  readonly params: Tree<NdArray>;
  readonly tolerance: (name: string) => number;
  readonly inputs: CaseInputs;
  /** AdamW and its schedule as `case.json` names them; a case without steps needs none. */
  readonly optimizer?: ReturnType<typeof readOptimizer>;
  /** The mask plans of one step. */
  plans(step: number): Plans;
  /** The batch of one step. */
  batch(step: number): M3aeBatch;
}

/** @throws BadCase if `case.json` or the tensors are not those of such a case. */
export function readSteps(golden: GoldenCase, method: 'm3ae' | 'mae'): StepsSetup {
  const meta = objectField(golden.meta, 'model');
  const inputs = readInputs(golden, numberField(meta, 'patchSize'));
  const steps = golden.meta.steps === undefined ? [] : objectsField(golden.meta, 'steps');
  const model = readModel(meta, inputs, method);
  const loss = readLoss(golden, meta);

  const plans = (step: number): Plans => {
    const plan = (name: keyof Plans, ratio: string, input: NdArray | undefined) =>
      input && { [name]: readPlan(golden, `${name}/${step}`, input, numberField(meta, ratio)) };
    return {
      ...plan('image', 'imageMaskRatio', inputs.patches),
      ...plan('text', 'textMaskRatio', inputs.tokenIds),
      ...plan('unpairedText', 'textMaskRatio', inputs.unpairedTokenIds),
    };
  };
  // All of them at once, so that what is missing shows before anything is computed.
  const plansOfSteps = Array.from({ length: Math.max(1, steps.length) }, (_, step) => plans(step));
  const optimizer = steps.length === 0 ? undefined : readOptimizer(golden);

  return {
    method,
    inputs,
    model,
    task: method === 'm3ae' ? m3ae({ model, loss }) : mae({ model, loss }),
    optimizer,
    steps,
    params: readParams(golden, (named) => fromReferenceNames(named, model, method)),
    tolerance: toleranceOf(golden),
    plans: (step) => plansOfSteps[step]!,
    batch: (step) => toBatch(inputs, plansOfSteps[step]!),
  };
}

function readModel(meta: JsonObject, inputs: CaseInputs, method: 'm3ae' | 'mae'): M3aeConfig {
  const others = ['channels', 'useTypeEmbedding', 'gelu', 'imageSize', 'imageMaskRatio', 'textMaskRatio'];
  refuseOtherKeys(meta, 'model', [...sizeKeys, ...otherKeys, ...others, 'normaliseTargetPixels']);
  if (method === 'm3ae') numberField(meta, 'vocabSize');
  const given = otherKeys.filter((name) => meta[name] !== undefined);
  return resolveM3aeConfig({
    channels: numberField(meta, 'channels', inputs.channels ?? 3),
    ...numberFields(meta, sizeKeys),
    ...numberFields(meta, given),
    useTypeEmbedding: booleanField(meta, 'useTypeEmbedding', true),
    ...(meta.gelu !== undefined && { gelu: meta.gelu as 'tanh' | 'erf' }), // the package refuses another
  });
}

function readLoss(golden: GoldenCase, model: JsonObject): LossWeights {
  const loss = objectField(golden.meta, 'loss');
  const weights = ['imageWeight', 'textWeight', 'unpairedTextWeight'] as const;
  refuseOtherKeys(loss, 'loss', [...weights, 'imageAllTokens', 'textAllTokens']);
  return {
    ...numberFields(loss, weights, defaultLossWeights),
    imageAllTokens: booleanField(loss, 'imageAllTokens', false),
    textAllTokens: booleanField(loss, 'textAllTokens', false),
    normalizeTargets: booleanField(model, 'normaliseTargetPixels', false),
  };
}

function readOptimizer({ meta }: GoldenCase) {
  const fields = objectField(meta, 'optimizer');
  refuseOtherKeys(fields, 'optimizer', [...rateKeys, ...adamKeys]);
  return { ...readSchedule(fields), ...numberFields(fields, adamKeys, adamDefaults) };
}
