import { type DatasetSpec, joinDatasets, openDataset, openFolderSplits } from '@m3ae/datasets';
import type { ExtraConfig, SourceConfig } from '../config/schema-data.js';
import type { TrainerConfig } from '../config/schema.js';
import { emojiSources, emojiTests, trainingWords } from './emoji-sources.js';
import { openingProgress, openPart, whole } from './open-part.js';
import type { Part, PictureSources } from './parts.js';
import type { Progress } from './progress.js';

type FolderSource = Extract<SourceConfig, { kind: 'folder' }>;

/** The pictures of a folder that a model is measured on. */
const folderTest = { name: 'test', title: 'unseen pictures', note: 'Pictures not trained on.' };

async function folderSources(source: FolderSource, progress: Progress): Promise<PictureSources> {
  const { validationShare, ...rest } = source;
  const labelled = (train: Part) => (train.dataset.labels === undefined ? null : train);
  if (validationShare === 0) {
    const train = await openPart(rest, trainingWords, progress);
    return { train, labelled: labelled(train), validation: null, tests: [] };
  }
  const splits = ['train', 'validation'] as const;
  const [trained, untrained] = await openFolderSplits(source, splits, openingProgress(progress));
  const train = whole(trained!, { ...source, split: 'train' }, trainingWords);
  const kept = whole(
    untrained!,
    { ...source, split: 'validation' },
    { name: 'validation', title: 'validation', note: 'Pictures not trained on, for choosing.' },
  );
  // One half to choose on, the other for the figures that are told.
  const half = (odd: number) => kept.indices.filter((index) => index % 2 === odd);
  const test = { ...kept, ...folderTest, indices: half(1) };
  return {
    train,
    labelled: labelled(train),
    validation: { ...kept, indices: half(0) },
    tests: test.indices.length > 0 ? [test] : [],
  };
}

/** Names of the test parts that a source has, by which evaluations tell their figures. */
export function testNames({ kind }: SourceConfig): readonly string[] {
  return kind === 'folder' ? [folderTest.name] : Object.values(emojiTests).map(({ name }) => name);
}

/** Everything of an extra source that may be trained on. */
function extraSpec(extra: ExtraConfig): DatasetSpec {
  if (extra.kind === 'emoji' || extra.kind === 'scenes') return { ...extra, split: 'train' };
  if (extra.kind !== 'folder') return extra;
  const { validationShare: _, ...folder } = extra;
  return folder;
}

/** The training part with the extra sources behind it. */
async function withExtras(train: Part, extras: readonly ExtraConfig[], progress: Progress): Promise<Part> {
  if (extras.length === 0) return train;
  const specs = extras.map(extraSpec);
  const opened = await Promise.all(specs.map((spec) => openDataset(spec, openingProgress(progress))));
  const spec: DatasetSpec = { kind: 'concat', sources: [train.spec, ...specs] };
  return whole(joinDatasets([train.dataset, ...opened]), spec, trainingWords);
}

/**
 * Opens the pictures that a config names.
 *
 * @throws DatasetError if a folder is missing, empty or ill-paired, or a data package is not installed.
 */
export async function openPictures(
  { data: { source, extra } }: TrainerConfig,
  progress: Progress,
): Promise<PictureSources> {
  const own =
    source.kind === 'folder' ? await folderSources(source, progress) : await emojiSources(source, progress);
  return { ...own, train: await withExtras(own.train, extra, progress) };
}
