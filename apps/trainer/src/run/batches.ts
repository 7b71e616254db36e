import type { Batch, Loader } from '@m3ae/datasets';
import type { MixedBatch, MixedPart, Mixer, MixerOptions } from '@m3ae/mixing';
import { createMixer } from '@m3ae/mixing';
import { foldIn } from '@m3ae/random';
import { drawNoise } from '@m3ae/transformer';
import { keepLength } from '@m3ae/masking';
import type { NdArray, Tree } from '@m3ae/tree';
import { InputError } from '../config/config-error.js';
import type { TrainerConfig } from '../config/schema.js';
import type { StepBatch } from '../step/index.js';
import type { Fed } from './feed.js';
import { readsText } from './loaders.js';
import { type BatchSettings, classifierBatch, contrastiveBatch, drops } from './method-batches.js';
import type { Part } from './parts.js';
import { drawPlan, drawTrimmedPlan } from './plans.js';
import type { Sources } from './sources.js';
import type { Streams } from './streams.js';

/** What turns a step's number into a batch. */
export interface BatchMaker extends BatchSettings {
  readonly sources: Sources;
  /** A loader for each part, by name. */
  readonly loaders: ReadonlyMap<string, Loader>;
}

/**
 * The order of the examples that a config asks for.
 *
 * @throws InputError if the data are too few for it.
 */
export function mixerFor(config: TrainerConfig, { train, unpairedText }: Sources, streams: Streams): Mixer {
  const { data, method } = config;
  const { kind: stored } = train.dataset;
  const kind = stored === 'paired' && !readsText(method) ? 'image' : stored;
  const options: MixerOptions = {
    key: streams.order,
    batchSize: config.train.batchSize,
    sources: [
      { name: train.name, kind, length: train.indices.length },
      ...(unpairedText === null
        ? []
        : [{ name: unpairedText.name, kind: 'text' as const, length: unpairedText.indices.length }]),
    ],
    strategy: data.strategy,
    pairedShare: data.pairedShare,
    pairedBy: data.pairedBy,
    dropText: data.dropText,
    shuffle: data.shuffle,
  };
  try {
    return createMixer(options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError(error.message.split('\n').map((fault) => `data.${fault}`));
  }
}

async function loadPart(maker: BatchMaker, part: Part, mixed: MixedPart, step: number): Promise<Batch> {
  const indices = mixed.indices.map((place) => part.indices[place]!);
  return maker.loaders
    .get(part.name)!
    .load({ step, indices, useText: mixed.useText, firstPosition: mixed.offset });
}

/** Pictures with what is hidden of them. */
function pictureHalf({ config, streams }: BatchMaker, { patches }: Batch, step: number) {
  if (patches === undefined) return {};
  const [batch, length] = patches.shape as [number, number, number];
  const { maskRatio } = config.image;
  return {
    patches,
    imagePlan: drawPlan(streams.imageMasks, step, {
      length,
      maskRatio,
      batch,
      scope: config.train.maskScope,
    }),
  };
}

/** Texts with what is hidden of them. */
function textHalf(
  { config, model }: BatchMaker,
  stream: Streams['textMasks'],
  { tokenIds, paddingMask }: Batch,
  step: number,
) {
  if (tokenIds === undefined || paddingMask === undefined) return undefined;
  const [batch, length] = tokenIds.shape as [number, number];
  const { maskRatio } = config.text;
  const request = { length, maskRatio, batch, scope: config.train.maskScope };
  // Noise, micro-batches and losses of all tokens need every place of the text.
  const trims = config.text.leaveOutPadding && config.train.accumulate === 1 && !drops(model);
  return trims && !config.loss.textAllTokens && !config.loss.imageAllTokens
    ? { tokenIds, paddingMask, ...drawTrimmedPlan(stream, step, request, paddingMask) }
    : { tokenIds, paddingMask, textPlan: drawPlan(stream, step, request) };
}

/** Dropout noise, where the model drops anything. */
function noiseFor(
  { config, model, streams }: BatchMaker,
  batch: Omit<StepBatch, 'learningRate'>,
  purpose: number,
  step: number,
) {
  if (!drops(model)) return {};
  const imageTokens = batch.patches?.shape[1] ?? 0;
  const textTokens = batch.tokenIds?.shape[1] ?? 0;
  const noise = drawNoise(foldIn(foldIn(streams.noise, purpose), step), model, {
    batch: (batch.patches ?? batch.tokenIds)!.shape[0]!,
    ...(imageTokens > 0 && { imageTokens, imageKeep: keepLength(imageTokens, config.image.maskRatio) }),
    ...(textTokens > 0 && { textTokens, textKeep: keepLength(textTokens, config.text.maskRatio) }),
  });
  return { noise: noise as unknown as Tree<NdArray> };
}

/** Pictures, with their captions where there are any, with what is hidden of both. */
function maskedBatch(maker: BatchMaker, loaded: Batch, step: number): Omit<StepBatch, 'learningRate'> {
  const text =
    maker.config.method === 'm3ae' ? textHalf(maker, maker.streams.textMasks, loaded, step) : undefined;
  const batch = { ...pictureHalf(maker, loaded, step), ...text };
  return { ...batch, ...noiseFor(maker, batch, 0, step) };
}

const exampleBatches = {
  m3ae: maskedBatch,
  mae: maskedBatch,
  clip: contrastiveBatch,
  supervised: classifierBatch,
} as const;

/** The batch of one step: everything random in it follows from the run's keys and the step's number. */
async function makeBatch(maker: BatchMaker, mixed: MixedBatch): Promise<Omit<StepBatch, 'learningRate'>> {
  const { sources, streams, config } = maker;
  const { step } = mixed;
  let batch: Omit<StepBatch, 'learningRate'> = {};
  for (const part of mixed.parts) {
    if (part.kind !== 'text') {
      const loaded = await loadPart(maker, sources.train, part, step);
      batch = { ...batch, ...exampleBatches[config.method](maker, loaded, step) };
    } else {
      const loaded = await loadPart(maker, sources.unpairedText!, part, step);
      const text = textHalf(maker, streams.unpairedTextMasks, loaded, step)!;
      const { tokenIds, paddingMask, textPlan } = text;
      const noise = noiseFor(maker, text, 1, step);
      batch = { ...batch, unpairedText: { tokenIds, paddingMask, textPlan, ...noise } };
    }
  }
  return batch;
}

/** Starts the preparation of the mixer's next batch, and notes the mixer's state after it. */
export function beginBatch(maker: BatchMaker, mixer: Mixer): Promise<Fed> {
  const mixed = mixer.next();
  const state = mixer.state();
  return makeBatch(maker, mixed).then((batch) => ({
    step: mixed.step,
    epoch: mixed.epoch,
    batch,
    mixer: state,
  }));
}
