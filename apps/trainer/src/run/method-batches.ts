import type { Batch } from '@m3ae/datasets';
import { drawMixing, mixPatches, softTargets } from '@m3ae/preprocess';
import { foldIn } from '@m3ae/random';
import { drawClipNoise, drawTrunkNoise, type M3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { TrainerConfig } from '../config/schema.js';
import { classifierModel, clipModel, type StepBatch } from '../step/index.js';
import type { Streams } from './streams.js';

/** What a batch of a method needs to know of its run. */
export interface BatchSettings {
  readonly config: TrainerConfig;
  readonly model: M3aeConfig;
  readonly streams: Streams;
}

/** Whether a model drops anything, and so needs noise. */
export function drops(model: M3aeConfig): boolean {
  return model.dropout > 0 || model.attentionDropout > 0 || model.dropPath > 0;
}

type Examples = Omit<StepBatch, 'learningRate'>;

/** Pictures with their captions, nothing hidden. */
export function contrastiveBatch(
  { model, streams }: BatchSettings,
  { patches, tokenIds, paddingMask }: Batch,
  step: number,
): Examples {
  const [batch, imageTokens] = patches!.shape as [number, number, number];
  const noise = drops(model)
    ? drawClipNoise(foldIn(foldIn(streams.noise, 0), step), clipModel(model), {
        batch,
        imageTokens,
        textTokens: tokenIds!.shape[1]!,
      })
    : undefined;
  return { patches, tokenIds, paddingMask, ...(noise && { noise: noise as unknown as Tree<NdArray> }) };
}

/** Pictures mixed with one another, and the probabilities of their classes; mixed anew in each step. */
export function classifierBatch(
  { config, model, streams }: BatchSettings,
  { patches, labels }: Batch,
  step: number,
): Examples {
  const { size, patchSize } = config.image;
  const [batch, imageTokens] = patches!.shape as [number, number, number];
  const mixing = drawMixing(foldIn(streams.mixing, step), { width: size, height: size }, config.augment);
  const layout = { batch, columns: size / patchSize, patchSize, channels: model.channels };
  const data = mixPatches(patches!.data as Float32Array, mixing, layout);
  const noise = drops(model)
    ? drawTrunkNoise(foldIn(foldIn(streams.noise, 0), step), model, { batch, imageTokens })
    : undefined;
  return {
    patches: { ...patches!, data },
    targets: targetsOf(labels!, model, { labelSmoothing: config.augment.labelSmoothing, mixing }),
    ...(noise && { noise: noise as unknown as Tree<NdArray> }),
  };
}

/** Probabilities of the classes: [batch, classes]. */
export function targetsOf(
  labels: NdArray,
  model: M3aeConfig,
  options: Omit<Parameters<typeof softTargets>[1], 'classes'> = {},
): NdArray {
  const { classes } = classifierModel(model);
  const data = softTargets(labels.data as Int32Array, { classes, ...options });
  return { shape: [labels.data.length, classes], data };
}
