import { type DatasetSpec, joinDatasets, openDataset, openFolderParts } from '@m3ae/datasets';
import type { ExtraConfig, SourceConfig } from '../config/schema-data.js';
import type { TrainerConfig } from '../config/schema.js';
import { emojiSources, emojiTests, trainingWords } from './emoji-sources.js';
import { openingProgress, type PartWords, whole } from './open-part.js';
import type { Part, PictureSources } from './parts.js';
import type { Progress } from './progress.js';

type FolderSource = Extract<SourceConfig, { kind: 'folder' }>;

/** The pictures of a folder that a model is measured on. */
const folderTest = { name: 'test', title: 'unseen pictures', note: 'Pictures not trained on.' };

/** The parts of a folder: those that have a folder of their own, and by the hash of their paths what has none. */
async function folderSources(source: FolderSource, progress: Progress): Promise<PictureSources> {
  const opened = await openFolderParts(source, openingProgress(progress));
  const part = (split: 'train' | 'validation' | 'test', words: PartWords) =>
    opened[split] === null ? null : whole(opened[split], { ...source, split }, words);
  const train = part('train', trainingWords)!;
  const kept = part('validation', {
    name: 'validation',
    title: 'validation',
    note: 'Pictures not trained on, for choosing.',
  });
  const test = part('test', folderTest);
  const labelled = train.dataset.labels === undefined ? null : train;
  if (kept === null || test !== null) {
    return { train, labelled, validation: kept, tests: test === null ? [] : [test] };
  }
  // One half to choose on, the other for the figures that are told.
  const half = (odd: number) => kept.indices.filter((index) => index % 2 === odd);
  const tests = half(1).length > 0 ? [{ ...kept, ...folderTest, indices: half(1) }] : [];
  return { train, labelled, validation: { ...kept, indices: half(0) }, tests };
}

/** Names of the test parts that a source has, by which evaluations tell their figures. */
export function testNames({ kind }: SourceConfig): readonly string[] {
  return kind === 'folder' ? [folderTest.name] : Object.values(emojiTests).map(({ name }) => name);
}

/** Everything of an extra source that may be trained on; a folder's own validation and test parts may not. */
function extraSpec(extra: ExtraConfig): DatasetSpec {
  if (extra.kind === 'folder') return { ...extra, split: 'train', validationShare: 0 };
  return extra.kind === 'emoji' || extra.kind === 'scenes' ? { ...extra, split: 'train' } : extra;
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
