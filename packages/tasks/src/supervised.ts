import type { Batch } from '@m3ae/datasets';
import { invalidField, requireRecord } from '@m3ae/errors';
import { checkOptions, type InputOf, optionalRecord, type OutputOf, record } from '@m3ae/errors/rules';
import { softCrossEntropy } from '@m3ae/losses';
import { drawMixing, labelSmoothingRule, mixingRules, mixPatches, softTargets } from '@m3ae/preprocess';
import {
  applyClassifier,
  type ClassifierConfig,
  type ClassifierParams,
  classifierShapes,
  decayed,
  drawTrunkNoise,
  initClassifier,
  requireClassifierConfig,
} from '@m3ae/transformer';
import { floatsOf, type NdArray } from '@m3ae/tree';
import type { CollateDraw, Task } from '@m3ae/training';
import { argMax, cast, equal, mean, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { keyOf, type Noise, noiseOf } from './batch.js';
import type { MaeTaskOptions } from './mae.js';
import { taskRules } from './options.js';

/** Pictures and the probabilities of their classes. */
export type SupervisedBatch = Noise<NdArray> & {
  /** float32 [batch, patches, patchDim] */
  readonly patches: NdArray;
  /** float32 [batch, classes] */
  readonly targets: NdArray;
};

/** {@link SupervisedBatch} within the computation. */
export type SupervisedTensors = Noise<Tensor> & { readonly patches: Tensor3D; readonly targets: Tensor2D };

/** The rules of what is done to pictures and labels of a batch. */
export const augmentRules = { ...mixingRules, labelSmoothing: labelSmoothingRule } as const;
const supervisedRule = record({ ...taskRules, augment: optionalRecord(record(augmentRules)) });

/** What {@link supervised} needs to know. By default all parameters decay but biases and normalization scales. */
export interface SupervisedTaskOptions extends Pick<MaeTaskOptions, 'decay' | 'recompute'> {
  /** From `resolveClassifierConfig` of the transformer package. */
  readonly model: ClassifierConfig;
  /** Mixup, CutMix and label smoothing, drawn anew in each step; none, if left out. */
  readonly augment?: InputOf<typeof supervisedRule>['augment'];
}

/**
 * Classifies pictures by cross-entropy with soft targets. Pictures are squares.
 *
 * Metrics: `loss`, and `accuracy` against each target's largest entry.
 *
 * @throws RangeError naming every bad or unknown option.
 */
export function supervised(options: SupervisedTaskOptions): Task<SupervisedBatch, SupervisedTensors> {
  requireRecord('options', options, 'model, augment, decay, recompute', 'Write { model } at least.');
  const { model: given, ...rest } = options;
  const { decay, recompute, augment } = checkOptions(supervisedRule, rest);
  const model = requireClassifierConfig(given);
  return {
    name: 'supervised',
    shapes: () => classifierShapes(model),
    init: (key) => initClassifier(key, model),
    collate({ pictures }, draw) {
      const { patches, labels } = pictures ?? {};
      if (!patches || !labels) {
        throw invalidField('examples', 'pictures with classes', 'none', 'A classifier learns from labels.');
      }
      if (draw.evaluation) return { patches, targets: targetsOf(labels, model) };
      const [batch, imageTokens] = patches.shape as [number, number, number];
      const sizes = { batch, firstExample: draw.firstExample, imageTokens };
      return {
        ...mixed(patches, labels, { model, augment }, draw),
        ...noiseOf(0, model, draw, (key) => drawTrunkNoise(key, model, sizes)),
      };
    },
    loss(params, { patches, targets, noise }) {
      const forward = { recompute: recompute === 'blocks' };
      const inputs = { patches, noise };
      const { output } = applyClassifier(params as ClassifierParams<Tensor>, model, inputs, forward);
      const loss = softCrossEntropy(output, targets);
      const right = equal(argMax(output, -1), argMax(targets, -1)); // [batch]
      return { value: loss, metrics: { loss, accuracy: mean(cast(right, 'float32')) } };
    },
    decays: (path) => decayed(path, decay === 'reference' ? 'supervised' : decay),
  };
}

/** Pictures mixed with one another, and what they show; a picture's partner is of its own micro-batch. */
function mixed(
  patches: NonNullable<Batch['patches']>,
  labels: NdArray,
  { model, augment }: { readonly model: ClassifierConfig } & Pick<OutputOf<typeof supervisedRule>, 'augment'>,
  draw: CollateDraw,
): SupervisedBatch {
  const [batch, count] = patches.shape as [number, number, number];
  const columns = Math.sqrt(count);
  const size = columns * model.patchSize;
  const { labelSmoothing, ...mixes } = augment;
  const mixing = drawMixing(keyOf('mixing', draw), { width: size, height: size }, mixes);
  const layout = { batch, columns, patchSize: model.patchSize, channels: model.channels };
  return {
    patches: { ...patches, data: mixPatches(floatsOf(patches), mixing, layout) },
    targets: targetsOf(labels, model, { labelSmoothing, mixing }),
  };
}

/** Probabilities of the classes: [batch, classes]. */
function targetsOf(
  labels: NdArray,
  { classes }: ClassifierConfig,
  options: Omit<Parameters<typeof softTargets>[1], 'classes'> = {},
): NdArray {
  const data = softTargets(labels.data as Int32Array, { classes, ...options });
  return { shape: [labels.data.length, classes], data };
}
