import type { Runner } from '@m3ae/compile';
import type { DataSplit, PictureInput } from '@m3ae/datasets';
import { invalidField } from '@m3ae/errors';
import {
  type Gallery,
  type GalleryInput,
  reconstructionEvaluator,
  type ReconstructionOptions,
} from '../reconstruction/gallery.js';
import { rebuildOwn, type RebuildOwnOptions, type RebuiltOwn } from '../reconstruction/rebuild.js';
import { openSplit, type ReadOptions } from './read-split.js';
import { captionFor, patchesOfPicture } from './example-encoder.js';
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

/** What a person gives: a picture, a caption, or both. */
export interface OwnInput {
  readonly picture?: PictureInput;
  readonly caption?: string;
  /** Of the two inputs, for messages. */
  readonly names?: { readonly picture: string; readonly caption: string };
}

/**
 * Hides most of what a person gives, and lets the model rebuild it.
 *
 * @returns With `notes` on what the model does not read of the caption.
 * @throws InvalidInput if the model rebuilds nothing, or picture or caption cannot be used.
 *
 * @example
 * ```ts
 * const options = { runner: createRunner(), key: key(0), imageMaskRatio: 0.75, textMaskRatio: 0.75 };
 * const { picture, error } = await rebuildOwnInput(model, { picture: 'cat.png' }, options);
 * ```
 */
export async function rebuildOwnInput(
  model: OpenedModel,
  { picture, caption, names = { picture: 'picture', caption: 'caption' } }: OwnInput,
  { runner, ...hiding }: { readonly runner: Runner } & Omit<RebuildOwnOptions, 'layout' | 'tokenizer'>,
): Promise<RebuiltOwn & { readonly notes: readonly string[] }> {
  const rebuilding = requireRebuilding(model);
  if (caption !== undefined && model.kind === 'mae') {
    const rule = 'left out for a model without text parameters, of method "mae"';
    throw invalidField(names.caption, rule, 'one', 'It knows pictures alone.');
  }
  const patches = picture === undefined ? undefined : await patchesOfPicture(picture, model, names.picture);
  const text = caption === undefined ? undefined : captionFor(caption, model, names.caption);
  const example = { ...(patches && { patches }), ...(text && { text }) };
  const options = { ...hiding, layout: model.image, tokenizer: model.text?.words };
  return { ...(await rebuildOwn(runner, rebuilding, example, options)), notes: text?.notes ?? [] };
}
