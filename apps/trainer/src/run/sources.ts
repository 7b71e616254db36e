import { type Dataset, type DatasetSpec, openDataset, openEmoji } from '@m3ae/datasets';
import { InputError } from '../config/config-error.js';
import type { TrainerConfig } from '../config/schema.js';
import type { Part } from './parts.js';
import type { Progress } from './progress.js';

/** Everything that a run reads. */
export interface Sources {
  readonly train: Part;
  /** For the loss at checkpoints and for choosing; null where the source is too small to spare any. */
  readonly validation: Part | null;
  /** For the final figures and the gallery. */
  readonly tests: readonly Part[];
  /** Further parts whose loss or probe says how far the features carry; not chosen on. */
  readonly unpairedText: Part | null;
}

type EmojiSource = Extract<TrainerConfig['data']['source'], { kind: 'emoji' }>;
type FolderSource = Extract<TrainerConfig['data']['source'], { kind: 'folder' }>;

/** All examples of a dataset as a part. */
function whole(dataset: Dataset, spec: DatasetSpec, words: Pick<Part, 'name' | 'title' | 'note'>): Part {
  return {
    ...words,
    spec,
    dataset,
    indices: Int32Array.from({ length: dataset.length }, (_, index) => index),
  };
}

const emojiParts = [
  {
    split: 'validation',
    name: 'validation',
    title: 'validation',
    note: 'Drawings of emoji not trained on, for choosing; their captions are new to the model.',
  },
  {
    split: 'test',
    name: 'unseenEmoji',
    title: 'unseen emoji',
    note: 'Drawings of emoji of which no drawing was trained on.',
  },
  {
    split: 'drawingTest',
    name: 'unseenDrawing',
    title: 'unseen drawings',
    note: 'Drawings not trained on, of emoji known from other design teams.',
  },
] as const;

async function emojiSources(source: EmojiSource, progress: Progress): Promise<Omit<Sources, 'unpairedText'>> {
  const onProgress = (done: number, total: number) => progress.part('Drawing emoji', done, total);
  const open = async (
    split: 'train' | (typeof emojiParts)[number]['split'],
    words: Pick<Part, 'name' | 'title' | 'note'>,
  ) => {
    const spec = { ...source, split };
    return whole(await openEmoji(spec, onProgress), spec, words);
  };
  const train = await open('train', {
    name: 'train',
    title: 'training',
    note: 'What the model learns from.',
  });
  const [validation, ...tests] = await Promise.all(
    emojiParts.map(({ split, ...words }) => open(split, words)),
  );
  return { train, validation: validation!, tests };
}

async function folderSources(source: FolderSource): Promise<Omit<Sources, 'unpairedText'>> {
  const { validationShare, ...rest } = source;
  const open = async (spec: DatasetSpec, words: Pick<Part, 'name' | 'title' | 'note'>) =>
    whole(await openDataset(spec), spec, words);
  const training = { name: 'train', title: 'training', note: 'What the model learns from.' };
  if (validationShare === 0) return { train: await open(rest, training), validation: null, tests: [] };
  const train = await open({ ...rest, validationShare, split: 'train' }, training);
  const kept = await open(
    { ...rest, validationShare, split: 'validation' },
    { name: 'validation', title: 'validation', note: 'Pictures not trained on, for choosing.' },
  );
  // One half to choose on, the other for the figures that are told.
  const half = (odd: number) => kept.indices.filter((index) => index % 2 === odd);
  const test = {
    ...kept,
    name: 'test',
    title: 'unseen pictures',
    note: 'Pictures not trained on.',
    indices: half(1),
  };
  return { train, validation: { ...kept, indices: half(0) }, tests: test.indices.length > 0 ? [test] : [] };
}

/** Faults of a folder or a package are the user's to mend: bad input. */
function asInputError(error: unknown): never {
  const { name, message } = error as Error;
  if (name === 'DatasetError' || error instanceof RangeError) throw new InputError(message.split('\n'));
  throw error;
}

/**
 * Opens every source that a config names.
 *
 * @throws InputError if a folder is missing, empty or ill-paired, or a data package is not installed.
 */
export async function openSources({ data }: TrainerConfig, progress: Progress): Promise<Sources> {
  try {
    const { source } = data;
    const pictures =
      source.kind === 'emoji' ? await emojiSources(source, progress) : await folderSources(source);
    const text = data.unpairedText;
    const unpairedText =
      text === null
        ? null
        : whole(await openDataset(text), text, {
            name: 'unpairedText',
            title: 'text alone',
            note: 'Sentences without pictures.',
          });
    return { ...pictures, unpairedText };
  } catch (error) {
    return asInputError(error);
  }
}
