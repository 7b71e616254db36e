import {
  openPictureSplits,
  placeSpecFaults,
  type PictureSplits,
  testWords,
  withExtras,
} from '@m3ae/datasets';
import type { Progress } from '@m3ae/logging';
import { specsFor } from '../config/samples.js';
import type { ExtraConfig, SourceConfig } from '../config/schema-data.js';
import type { TrainerConfig } from '../config/schema.js';
import { openingProgress, openSource, samples, type SourceSpec } from './opening.js';

/** Where emoji are drawn from: alone, or several in a scene. */
export type DrawnSource = Extract<SourceConfig, { kind: 'emoji' | 'scenes' }>;

/** Whether a source is made of the built-in emoji. */
export const isDrawn = (source: { readonly kind: string }): source is DrawnSource =>
  source.kind === 'emoji' || source.kind === 'scenes';

/** Whether a run learns from the built-in emoji, alone or in scenes, perhaps beside other pictures. */
export function learnsFromEmoji({ data: { source, extra } }: Pick<TrainerConfig, 'data'>): boolean {
  return [source, ...extra].some(isDrawn);
}

/** The emoji that a model which learns from a source is measured on. */
export function emojiTests(source: DrawnSource) {
  const { emojiOf, unseenEmoji } = specsFor(source.kind);
  return unseenEmoji(emojiOf(source)).tests;
}

/** Names of the test parts that a source has, by which evaluations tell their figures. */
export function testNames(source: SourceConfig): readonly string[] {
  return isDrawn(source) ? emojiTests(source).map(({ name }) => name) : [testWords.name];
}

/** A source all of whose examples are taken. */
export function withoutShare(spec: ExtraConfig): SourceSpec {
  if (!('validationShare' in spec)) return spec;
  const { validationShare: _, ...own } = spec;
  return own;
}

/** Everything of an extra source that may be trained on; a folder's own validation and test parts may not. */
function extraSpec(extra: ExtraConfig): SourceSpec {
  if (extra.kind === 'folder') return { ...extra, split: 'train', validationShare: 0 };
  if (isDrawn(extra)) return { ...extra, split: 'train' };
  return withoutShare(extra);
}

/**
 * Opens the pictures that a config names.
 *
 * @throws InvalidInput if a folder is missing, empty or ill-paired, or a data package is not installed.
 */
export async function openPictures(
  { data: { source, extra, maxBadShare } }: TrainerConfig,
  progress: Progress,
): Promise<PictureSplits> {
  const onProgress = openingProgress(progress);
  const own = await placeSpecFaults('data.source', source, async () =>
    isDrawn(source)
      ? (await samples()).openEmojiSplits(source, onProgress)
      : openPictureSplits(source, { maxBadShare, onProgress }),
  );
  const open = (one: ExtraConfig, place: number) =>
    placeSpecFaults(`data.extra.${place}`, one, () => openSource(extraSpec(one), progress, maxBadShare));
  return withExtras(own, await Promise.all(extra.map(open)));
}
