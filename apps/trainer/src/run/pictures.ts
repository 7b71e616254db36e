import { type FolderParts, joinDatasets, openFolderParts, openHdf5Parts, splitDataset } from '@m3ae/datasets';
import { type DataSplit, type SplitWords, wholeSplit } from '@m3ae/evaluation/model';
import type { Progress } from '@m3ae/logging';
import type { ExtraConfig, SourceConfig } from '../config/schema-data.js';
import type { TrainerConfig } from '../config/schema.js';
import { type DrawnSource, emojiSources, emojiTests, isDrawn, trainingWords } from './emoji-sources.js';
import { inSection, openingProgress, openSource, type PictureSources, type SourceSpec } from './opening.js';

/** A person's own pictures, in any form. */
type OwnSource = Exclude<SourceConfig, DrawnSource>;

/** The pictures of a person's own that a model is measured on. */
const ownTest = { name: 'test', title: 'unseen pictures', note: 'Pictures not trained on.' };

/** The parts of a source: the folders of a folder where it has such, else what a hash of the names keeps apart. */
async function partsOf(source: OwnSource, progress: Progress, maxBadShare: number): Promise<FolderParts> {
  if (source.kind === 'folder') return openFolderParts(source, openingProgress(progress));
  const { validationShare, ...spec } = source;
  if (spec.kind === 'hdf5') {
    const parts = await openHdf5Parts(spec, openingProgress(progress));
    if (parts.validation ?? parts.test) return parts;
    return { ...splitDataset(parts.train, validationShare), test: null };
  }
  return { ...splitDataset(await openSource(spec, progress, maxBadShare), validationShare), test: null };
}

async function ownSources(
  source: OwnSource,
  progress: Progress,
  maxBadShare: number,
): Promise<PictureSources> {
  const opened = await partsOf(source, progress, maxBadShare);
  const part = (split: 'train' | 'validation' | 'test', words: SplitWords) =>
    opened[split] === null ? null : wholeSplit(opened[split], words);
  const train = part('train', trainingWords)!;
  const kept = part('validation', {
    name: 'validation',
    title: 'validation',
    note: 'Pictures not trained on, for choosing.',
  });
  const test = part('test', ownTest);
  const labeled = train.dataset.labels === undefined ? null : train;
  if (kept === null || test !== null) {
    return { train, labeled, validation: kept, tests: test === null ? [] : [test] };
  }
  // One half to choose on, the other for the figures that are told.
  const half = (odd: number) => kept.indices.filter((index) => index % 2 === odd);
  const tests = half(1).length > 0 ? [{ ...kept, ...ownTest, indices: half(1) }] : [];
  return { train, labeled, validation: { ...kept, indices: half(0) }, tests };
}

/** Names of the test parts that a source has, by which evaluations tell their figures. */
export function testNames(source: SourceConfig): readonly string[] {
  return isDrawn(source) ? emojiTests(source).map(({ name }) => name) : [ownTest.name];
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

/** The training part with the extra sources behind it. */
async function withExtras(
  train: DataSplit,
  extras: readonly ExtraConfig[],
  progress: Progress,
  maxBadShare: number,
): Promise<DataSplit> {
  if (extras.length === 0) return train;
  const open = (extra: ExtraConfig, place: number) =>
    inSection(`data.extra.${place}`, extra, () => openSource(extraSpec(extra), progress, maxBadShare));
  const opened = await Promise.all(extras.map(open));
  return wholeSplit(joinDatasets([train.dataset, ...opened]), trainingWords);
}

/**
 * Opens the pictures that a config names.
 *
 * @throws InvalidInput if a folder is missing, empty or ill-paired, or a data package is not installed.
 */
export async function openPictures(
  { data: { source, extra, maxBadShare } }: TrainerConfig,
  progress: Progress,
): Promise<PictureSources> {
  const own = await inSection('data.source', source, () =>
    isDrawn(source) ? emojiSources(source, progress) : ownSources(source, progress, maxBadShare),
  );
  return { ...own, train: await withExtras(own.train, extra, progress, maxBadShare) };
}
