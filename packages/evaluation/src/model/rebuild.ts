import type { DataSplit } from '@m3ae/datasets';
import type { Runner } from '@m3ae/compile';
import { reconstructionEvaluator, type ReconstructionOptions } from '../reconstruction/gallery.js';
import type { Gallery, GalleryInput } from '../reconstruction/types.js';
import { openSplit } from './data-split.js';
import type { ReadOptions } from './encode-splits.js';
import { type OpenedModel, requireRebuilding } from './opened-model.js';

/** What a model may be shown: pairs, and each half alone. */
export function inputsOf({ kind }: Pick<OpenedModel, 'kind'>): readonly GalleryInput[] {
  return kind === 'm3ae' ? ['paired', 'image', 'text'] : ['image'];
}

/** Options of {@link rebuildSplits}. */
export interface RebuildSplitsOptions
  extends Omit<ReconstructionOptions, 'layout' | 'tokenizer' | 'inputs'>, Pick<ReadOptions, 'maxBadShare'> {
  readonly runner: Runner;
  /** What the model is shown; by default what it was trained on. */
  readonly inputs?: readonly GalleryInput[];
}

/**
 * Hides most of some examples, lets the model rebuild them, and keeps their pictures.
 *
 * @returns Null where there is nothing to rebuild.
 * @throws InvalidInput for a model that rebuilds nothing.
 */
export async function rebuildSplits(
  model: OpenedModel,
  splits: readonly DataSplit[],
  { runner, maxBadShare, inputs = inputsOf(model).slice(0, 1), ...options }: RebuildSplitsOptions,
): Promise<Gallery | null> {
  const sources = splits.map((split) => ({ ...split, loader: openSplit(model, split, maxBadShare) }));
  const evaluator = reconstructionEvaluator(runner, requireRebuilding(model), {
    ...options,
    inputs,
    layout: model.image,
    tokenizer: model.text?.words,
  });
  try {
    const gallery = await evaluator.run(sources);
    return gallery.items.length === 0 ? null : gallery;
  } finally {
    await Promise.all(sources.map(({ loader }) => loader.close()));
  }
}
