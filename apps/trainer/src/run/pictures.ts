import {
  type Dataset,
  type DatasetSpec,
  type DataSplit,
  type OnProgress,
  openPictureSplits,
  openTolerant,
  type PictureSplits,
  placeSpecFaults,
  type SplitWords,
  testWords,
  wholeSplit,
  withExtras,
} from '@m3ae/datasets';
import type { Progress } from '@m3ae/logging';
import { unusable } from '@m3ae/errors';
import type { SampleSpec } from '@m3ae/sample-datasets';
import { howToInstall, loadSamples, specsFor } from '../config/samples.js';
import type { ExtraConfig, SourceConfig } from '../config/schema-data.js';
import type { TrainerConfig } from '../config/schema.js';

/** Anything that a run can read: built-in, in files, or by a module of one's own. */
export type SourceSpec = DatasetSpec | SampleSpec;

/** Shows how many pictures are drawn, and how far a large folder is read. */
export function openingProgress(progress: Progress): OnProgress {
  return (done, total, task) => progress.part(task, done, total);
}

/** The built-in data; refused with the command that installs them, where they are not. */
export async function samples(): Promise<typeof import('@m3ae/sample-datasets')> {
  const found = await loadSamples();
  if (found) return found;
  throw unusable([`The built-in data are a package of their own, which is not installed. ${howToInstall}`]);
}

/** Whether a spec names built-in data. */
function isSample(spec: SourceSpec): spec is SampleSpec {
  return ['emoji', 'scenes', 'icons', 'wordnet'].includes(spec.kind);
}

/** Opens any source; `maxBadShare` of its files need not come from their server, where the spec says nothing. */
async function openSource(spec: SourceSpec, progress: Progress, maxBadShare?: number): Promise<Dataset> {
  const onProgress = openingProgress(progress);
  if (isSample(spec)) return (await samples()).open(spec, onProgress);
  return openTolerant(spec, { maxBadShare, onProgress });
}

/** Opens all of a source as a split. */
export async function openWhole(spec: SourceSpec, words: SplitWords, progress: Progress): Promise<DataSplit> {
  return wholeSplit(await openSource(spec, progress), words);
}

/** Where emoji are drawn from: alone, or several in a scene. */
type DrawnSource = Extract<SourceConfig, { kind: 'emoji' | 'scenes' }>;

/** Whether a source is made of the built-in emoji. */
export const isDrawn = (source: { readonly kind: string }): source is DrawnSource =>
  source.kind === 'emoji' || source.kind === 'scenes';

/** Whether a run learns from the built-in emoji, alone or in scenes, perhaps beside other pictures. */
export function learnsFromEmoji({ data: { source, extra } }: Pick<TrainerConfig, 'data'>): boolean {
  return [source, ...extra].some(isDrawn);
}

/** Names of the test parts that a source has, by which evaluations tell their figures. */
export function testNames(source: SourceConfig): readonly string[] {
  if (!isDrawn(source)) return [testWords.name];
  const { emojiOf, unseenEmoji } = specsFor(source.kind);
  return unseenEmoji(emojiOf(source)).tests.map(({ name }) => name);
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

/** Opens the pictures that a config names. */
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
