import type { ProbeStepOptions, ReferenceProbeParams } from '@m3ae/evaluation/probe';
import type { Pooling } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import { toNdArray } from './case-inputs.js';
import {
  badCase,
  type JsonObject,
  numberField,
  numberFields,
  objectField,
  objectsField,
  rateKeys,
  readSchedule,
  refuseOtherKeys,
  requireTensor,
  toleranceOf,
} from './fields.js';
import type { GoldenCase } from './golden-case.js';

/** A case of the reference's linear probe, ready to run. */
export interface LinearProbeSetup {
  readonly pooling: Pooling;
  readonly learning: ProbeStepOptions;
  /** What `case.json` expects of each step, in order. */
  readonly steps: readonly JsonObject[];
  readonly start: ReferenceProbeParams<NdArray>;
  /** Tokens [batch, 1 + patches, dim] or vectors [batch, dim], with labels [batch], for each step. */
  readonly batches: readonly { readonly features: NdArray; readonly labels: NdArray }[];
  /** What the evaluation's scores are of: the first step's features unless the case has others. */
  evaluation(): NdArray;
  readonly schedule: (count: number) => number;
  readonly peakLearningRate: number;
  readonly tolerance: (name: string) => number;
}

const larsKeys = ['momentum', 'trustCoefficient', 'weightDecay'] as const;

/** @throws BadCase if `case.json` or the tensors are not those of such a case. */
export function readLinearProbe(golden: GoldenCase): LinearProbeSetup {
  const optimizer = objectField(golden.meta, 'optimizer');
  refuseOtherKeys(optimizer, 'optimizer', ['kind', ...rateKeys, ...larsKeys]);
  const batchNorm = objectField(golden.meta, 'batchNorm');
  refuseOtherKeys(batchNorm, 'batchNorm', ['epsilon', 'momentum']);
  const steps = objectsField(golden.meta, 'steps');
  const start = {
    kernel: toNdArray(requireTensor(golden, 'params/Dense_0/kernel', 2)),
    bias: toNdArray(requireTensor(golden, 'params/Dense_0/bias', 1)),
  };
  const other = 'input/evaluationFeatures';
  return {
    pooling: readPooling(golden.meta.pooling),
    learning: {
      epsilon: numberField(batchNorm, 'epsilon'),
      statisticsMomentum: numberField(batchNorm, 'momentum'),
      variant: readVariant(optimizer.kind),
      ...numberFields(optimizer, larsKeys, { momentum: 0.9, trustCoefficient: 0.001, weightDecay: 0 }),
    },
    steps,
    start,
    batches: steps.map((_, step) => readBatch(golden, step, start)),
    evaluation: () => readFeatures(golden, golden.tensors.has(other) ? other : 'input/features/0', start),
    ...readSchedule(optimizer),
    tolerance: toleranceOf(golden),
  };
}

function readPooling(pooling: unknown): Pooling {
  if (pooling === 'cls') return 'cls';
  if (typeof pooling === 'string' && pooling.startsWith('mean')) return 'mean';
  throw badCase('pooling', 'cls or mean of patch tokens', pooling);
}

/** The kind is a sentence of the case format that begins with `lars`; the order is named in it. */
function readVariant(kind: unknown): 'optax' | 'moco' {
  if (typeof kind !== 'string' || !kind.startsWith('lars'))
    throw badCase('optimizer.kind', 'a word that begins with lars', kind);
  return kind.includes('moco') ? 'moco' : 'optax';
}

function readFeatures(golden: GoldenCase, name: string, { kernel }: ReferenceProbeParams<NdArray>): NdArray {
  const features = toNdArray(requireTensor(golden, name, 2, 3));
  const dim = features.shape.at(-1);
  if (dim === kernel.shape[0] && (features.shape.length === 2 || features.shape[1]! >= 2)) return features;
  const shapes = `[batch, 1 + patches, ${kernel.shape[0]}] or [batch, ${kernel.shape[0]}]`;
  throw badCase(name, shapes, `[${features.shape}]`);
}

function readBatch(golden: GoldenCase, step: number, start: ReferenceProbeParams<NdArray>) {
  const features = readFeatures(golden, `input/features/${step}`, start);
  const { shape, data } = requireTensor(golden, `input/labels/${step}`, 1);
  const classes = start.kernel.shape[1]!;
  if (shape[0] !== features.shape[0] || data.some((label) => !(label >= 0 && label < classes))) {
    const rule = `${features.shape[0]} classes from 0 to ${classes - 1}`;
    const received = `shape [${shape}] with values from ${Math.min(...data)} to ${Math.max(...data)}`;
    throw badCase(`input/labels/${step}`, rule, received);
  }
  return { features, labels: toNdArray({ shape, data: Int32Array.from(data) }) };
}
