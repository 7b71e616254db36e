import { encodePng } from '@m3ae/datasets';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeWhole } from '@m3ae/checkpoint/files';
import {
  type Gallery,
  type GalleryInput,
  type RebuildingModel,
  reconstructionEvaluator,
} from '@m3ae/evaluation/reconstruction';
import type { M3aeConfig, MaeParams } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { ResultsPlace } from '@m3ae/runs';
import { unusable } from '@m3ae/errors';
import type { TrainerConfig } from '../config/schema.js';
import type { OpenedRun } from './open-run.js';
import { engineOf } from '../run/engine.js';
import { patchesOfCodes } from '../run/image-tokenizer.js';
import { evaluationLoader, layoutOf } from '../run/loaders.js';
import type { Part } from '../run/parts.js';
import type { Sources } from '../run/sources.js';
import type { ChannelStatistics } from '@m3ae/preprocess';
import { streamsOf } from '../run/streams.js';
import type { Vocabulary } from '../run/vocabulary.js';

/** What is needed of a run to rebuild examples. */
export interface Rebuilder {
  readonly config: TrainerConfig;
  readonly model: M3aeConfig;
  readonly params: Tree<NdArray>;
  readonly vocabulary: Vocabulary;
  readonly statistics: ChannelStatistics;
}

/** The model that rebuilds; nothing for a method that does not. */
export function rebuildingModel({
  config,
  model,
  params,
  statistics,
}: Rebuilder): RebuildingModel | undefined {
  if (config.method !== 'm3ae' && config.method !== 'mae') return undefined;
  const patchesOf = patchesOfCodes(config, statistics);
  // Both methods have at least these parameters.
  return { config: model, params: params as MaeParams<NdArray>, ...(patchesOf && { patchesOf }) };
}

/** What a method may be shown: pairs, and each half alone. */
export function inputsOf({ method }: Pick<TrainerConfig, 'method'>): readonly GalleryInput[] {
  return method === 'm3ae' ? ['paired', 'image', 'text'] : ['image'];
}

/**
 * Hides most of some unseen examples, lets the model rebuild them, and keeps their pictures.
 *
 * @param inputs - What the model is shown; by default what the method was trained on.
 * @returns Pictures as file names from the folder `evaluations`; null for a method that rebuilds nothing, and where
 * there is nothing to rebuild.
 */
export async function rebuildGallery(
  run: Rebuilder,
  { tests, validation, train }: Pick<Sources, 'train' | 'validation' | 'tests'>,
  { folder, prefix }: ResultsPlace,
  inputs: readonly GalleryInput[] = inputsOf(run.config).slice(0, 1),
): Promise<Gallery | null> {
  const model = rebuildingModel(run);
  if (model === undefined) return null;
  const { config, statistics, vocabulary } = run;
  const { examples, maskRatio, textMaskRatio } = config.report;
  const stream = streamsOf(config.seed).gallery;
  const parts: readonly Part[] = tests.length > 0 ? tests : [validation ?? train];
  const sources = parts.map((part) => ({ ...part, loader: evaluationLoader(part, stream, run) }));
  const parent = join(folder, 'reconstruct');
  rmSync(parent, { recursive: true, force: true });
  const evaluator = reconstructionEvaluator(engineOf(config), model, {
    examples,
    inputs,
    imageMaskRatio: maskRatio,
    textMaskRatio,
    key: stream,
    layout: layoutOf(config, statistics),
    tokenizer: vocabulary.tokenizer,
    async addressOf(picture, name) {
      makeFolder(parent);
      writeWhole(join(parent, `${name}.png`), await encodePng(picture));
      return `${prefix}reconstruct/${name}.png`;
    },
  });
  try {
    const gallery = await evaluator.run(sources);
    return gallery.items.length === 0 ? null : gallery;
  } finally {
    await Promise.all(sources.map(({ loader }) => loader.close()));
  }
}

/** @throws InvalidInput for a model that rebuilds nothing. */
export function requireRebuilding(run: OpenedRun): RebuildingModel {
  const hasDecoder = run.foreign?.hasDecoder ?? true;
  const model = hasDecoder ? rebuildingModel(run) : undefined;
  if (model !== undefined) return model;
  const what = hasDecoder ? `of method "${run.config.method}"` : 'an encoder alone';
  throw unusable([
    `reconstruct needs a masked autoencoder; received ${run.folder}, ${what}. Choose a run of method "m3ae" or "mae".`,
  ]);
}
