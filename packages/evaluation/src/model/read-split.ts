import { createLoader, type DataSplit, type Loader, mostBadFiles } from '@m3ae/datasets';
import { key } from '@m3ae/random';
import { listSome, pluralize, unusable } from '@m3ae/errors';
import type { PatchLayout } from '../reconstruction/rebuilt.js';
import { loadPairs } from '../features/encode.js';
import type { EvaluationPeers } from '../batches.js';
import type { ModelText, OpenedModel } from './opened-model.js';

/** A split's examples whose pictures have captions. */
export function captioned<Split extends DataSplit>(split: Split): Split {
  const { dataset, indices } = split;
  return { ...split, indices: indices.filter((index) => dataset.caption(index) !== '') };
}

/** What a loader reads pictures and captions as. */
export interface LoadedForm {
  readonly image: Pick<PatchLayout, 'size' | 'patchSize' | 'mean' | 'std'>;
  /** Left out, captions are not read. */
  readonly text?: ModelText;
}

/** A loader for an evaluation: the centers of whole pictures, in this thread; files that cannot be decoded are left out. */
export function openSplit(
  { image: { size, patchSize, mean, std }, text }: LoadedForm,
  { dataset, indices }: Pick<DataSplit, 'dataset' | 'indices'>,
  maxBadShare?: number,
): Loader {
  return createLoader(dataset, {
    image: { size, patchSize, mean, std },
    ...(text &&
      dataset.kind === 'paired' && { text: { maxLength: text.maxLength, tokenizer: text.tokenizer } }),
    key: key(0), // no evaluation draws anything
    evaluation: true,
    examples: indices,
    maxBadShare,
  });
}

/** All pairs of a split that can be read: whole pictures by their center, captions cut to the model's text. */
export function readPairs(
  model: OpenedModel,
  split: DataSplit,
  { maxBadShare }: Pick<ReadOptions, 'maxBadShare'> = {},
): ReturnType<typeof loadPairs> {
  const loader = openSplit(model, split, maxBadShare);
  return loadPairs(loader, split.indices).finally(() => loader.close());
}

/** Where an evaluation tells how it goes. */
export interface EvaluationLog {
  /** A sentence for a person. */
  say(text: string): void;
  /** How far one part of the work has come. */
  part(name: string, done: number, total: number): void;
}

/** How examples of a split are read. */
export interface ReadOptions {
  /** Examples at a time. Default 64. */
  readonly batchSize?: number;
  /** Share of a split that may be unreadable before it ends the evaluation. Default 0.01. */
  readonly maxBadShare?: number;
  /** Processes that share the batches. */
  readonly peers?: EvaluationPeers;
  readonly log?: EvaluationLog;
}

/**
 * How many examples of a split cannot be read, absent where there are none. What is left out is told: how many, and which.
 *
 * @param read - Examples whose pictures could be decoded.
 * @throws InvalidInput if there are none.
 */
export function tellUnreadable(
  { title, dataset, indices }: DataSplit,
  read: Int32Array,
  log?: EvaluationLog,
): { readonly unreadable?: number } {
  const unreadable = indices.length - read.length;
  if (unreadable === 0) return {};
  if (read.length === 0) {
    throw unusable([
      `The split "${title}" must hold a picture that can be read; received ${indices.length} that cannot. Look at one of them.`,
    ]);
  }
  const kept = new Set(read);
  const names = Array.from(
    indices.filter((index) => !kept.has(index)),
    (index) => dataset.describe(index),
  );
  log?.say(
    `${pluralize(unreadable, 'picture')} of ${indices.length} (${title}) cannot be read and ${unreadable === 1 ? 'is' : 'are'} left out: ${listSome(names, 5)}.`,
  );
  return { unreadable };
}

/** Refuses what the loader of one process cannot: it meets the bad pictures of its own share alone. */
export function refuseBadOfAll({ title, indices }: DataSplit, read: Int32Array, maxBadShare: number): void {
  const bad = indices.length - read.length;
  if (bad <= mostBadFiles(indices.length, maxBadShare)) return;
  throw unusable([
    `The split "${title}" must hold pictures that can be read; received ${bad} of ${indices.length} that cannot, more than maxBadShare ${maxBadShare} allows. Mend or remove them, or raise it.`,
  ]);
}
