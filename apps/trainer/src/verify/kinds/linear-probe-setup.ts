import type { Pooling, ProbeStepOptions, ReferenceProbeParams } from '@m3ae/evaluation';
import { warmupCosine } from '@m3ae/optim';
import type { NdArray } from '@m3ae/tree';
import { BadCaseError } from '../bad-case.js';
import { listField, numberField, objectField, refuseOtherKeys, requireTensor } from '../fields.js';
import { toleranceOf } from '../tolerance.js';
import type { GoldenCase } from '../types.js';
import { toNdArray } from './case-inputs.js';

/** A case of the reference's linear probe, ready to run. */
export interface LinearProbeSetup {
  readonly pooling: Pooling;
  readonly learning: ProbeStepOptions;
  /** What `case.json` expects of each step, in order. */
  readonly steps: readonly Readonly<Record<string, unknown>>[];
  readonly start: ReferenceProbeParams<NdArray>;
  /** Tokens [batch, 1 + patches, dim] or vectors [batch, dim], with labels [batch], for each step. */
  readonly batches: readonly { readonly features: NdArray; readonly labels: NdArray }[];
  /** What the evaluation's scores are of: the first step's features unless the case has others. */
  evaluation(): NdArray;
  readonly schedule: (count: number) => number;
  readonly peak: number;
  readonly tolerance: (name: string) => number;
}

const optimizerKeys = [
  'kind',
  'peakLearningRate',
  'initLearningRate',
  'endLearningRate',
  'warmupSteps',
  'totalSteps',
  'momentum',
  'trustCoefficient',
  'weightDecay',
];

/** @throws BadCaseError if `case.json` or the tensors are not those of such a case. */
export function readLinearProbe(golden: GoldenCase): LinearProbeSetup {
  const optimizer = objectField(golden.meta, 'optimizer');
  refuseOtherKeys(optimizer, 'optimizer', optimizerKeys);
  const batchNorm = objectField(golden.meta, 'batchNorm');
  refuseOtherKeys(batchNorm, 'batchNorm', ['epsilon', 'momentum']);
  const steps = listField(golden.meta, 'steps') as LinearProbeSetup['steps'];
  const start = {
    kernel: toNdArray(requireTensor(golden, 'params/Dense_0/kernel', 2)),
    bias: toNdArray(requireTensor(golden, 'params/Dense_0/bias', 1)),
  };
  return {
    pooling: readPooling(golden.meta.pooling),
    learning: {
      epsilon: numberField(batchNorm, 'epsilon'),
      statisticsMomentum: numberField(batchNorm, 'momentum'),
      variant: readVariant(optimizer.kind),
      momentum: numberField(optimizer, 'momentum', 0.9),
      weightDecay: numberField(optimizer, 'weightDecay', 0),
      trustCoefficient: numberField(optimizer, 'trustCoefficient', 0.001),
    },
    steps,
    start,
    batches: steps.map((_, step) => readBatch(golden, step, start)),
    evaluation: () =>
      golden.tensors.has('input/evaluationFeatures')
        ? readFeatures(golden, 'input/evaluationFeatures', start)
        : readFeatures(golden, 'input/features/0', start),
    schedule: readSchedule(optimizer),
    peak: numberField(optimizer, 'peakLearningRate'),
    tolerance: toleranceOf(golden),
  };
}

function readSchedule(optimizer: Readonly<Record<string, unknown>>): (count: number) => number {
  const options = {
    peak: numberField(optimizer, 'peakLearningRate'),
    init: numberField(optimizer, 'initLearningRate', 0),
    end: numberField(optimizer, 'endLearningRate', 0),
    warmupSteps: numberField(optimizer, 'warmupSteps', 0),
    totalSteps: numberField(optimizer, 'totalSteps'),
  };
  try {
    return warmupCosine(options);
  } catch (error) {
    throw new BadCaseError(`optimizer must have a schedule that can be; ${(error as Error).message}`);
  }
}

function readPooling(pooling: unknown): Pooling {
  if (pooling === 'cls') return 'cls';
  if (typeof pooling === 'string' && pooling.startsWith('mean')) return 'mean';
  throw new BadCaseError(
    `pooling must be cls or mean of patch tokens; received ${JSON.stringify(pooling)}. See golden/README.md.`,
  );
}

/** The kind is a sentence of the case format that begins with `lars`; the order is named in it. */
function readVariant(kind: unknown): 'optax' | 'moco' {
  if (typeof kind !== 'string' || !kind.startsWith('lars')) {
    throw new BadCaseError(
      `optimizer.kind must begin with lars; received ${JSON.stringify(kind)}. See golden/README.md.`,
    );
  }
  return kind.includes('moco') ? 'moco' : 'optax';
}

function readFeatures(golden: GoldenCase, name: string, { kernel }: ReferenceProbeParams<NdArray>): NdArray {
  const features = toNdArray(requireTensor(golden, name, 2, 3));
  const dim = features.shape.at(-1);
  if (dim !== kernel.shape[0] || (features.shape.length === 3 && features.shape[1]! < 2)) {
    throw new BadCaseError(
      `${name} must be [batch, 1 + patches, ${kernel.shape[0]}] or [batch, ${kernel.shape[0]}]; received [${features.shape}].`,
    );
  }
  return features;
}

function readBatch(golden: GoldenCase, step: number, start: ReferenceProbeParams<NdArray>) {
  const features = readFeatures(golden, `input/features/${step}`, start);
  const { shape, data } = requireTensor(golden, `input/labels/${step}`, 1);
  const classes = start.kernel.shape[1]!;
  if (shape[0] !== features.shape[0] || data.some((label) => !(label >= 0 && label < classes))) {
    throw new BadCaseError(
      `input/labels/${step} must be ${features.shape[0]} classes from 0 to ${classes - 1}; received shape [${shape}] ` +
        `with values from ${Math.min(...data)} to ${Math.max(...data)}.`,
    );
  }
  return { features, labels: toNdArray({ shape, data: Int32Array.from(data) }) };
}
