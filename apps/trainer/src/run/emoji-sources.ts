import type { EmojiSpec, EmojiSplit } from '@m3ae/sample-datasets';
import type { Progress } from '@m3ae/logging';
import type { SourceConfig } from '../config/schema-data.js';
import type { TrainerConfig } from '../config/schema.js';
import { openPart, type PartWords } from './open-part.js';
import type { PictureSources } from './parts.js';

/** Where emoji are drawn from: alone, or several in a scene. */
export type DrawnSource = Extract<SourceConfig, { kind: 'emoji' | 'scenes' }>;

export const trainingWords: PartWords = {
  name: 'train',
  title: 'training',
  note: 'What the model learns from.',
};

const validationWords: PartWords = {
  name: 'validation',
  title: 'validation',
  note: 'Drawings of emoji not trained on, for choosing; their captions are new to the model.',
};

/** Drawings that a model is measured on. */
export const emojiTests = {
  test: {
    name: 'unseenEmoji',
    title: 'unseen emoji',
    note: 'Drawings of emoji of which no drawing was trained on.',
  },
  drawingTest: {
    name: 'unseenDrawing',
    title: 'unseen drawings',
    note: 'Drawings not trained on, of emoji known from other design teams.',
  },
} as const satisfies Partial<Record<EmojiSplit, PartWords>>;

/** Whether a source is made of the built-in emoji. */
export const isDrawn = (source: { readonly kind: string }): source is DrawnSource =>
  source.kind === 'emoji' || source.kind === 'scenes';

/** Whether a run learns from the built-in emoji, alone or in scenes, perhaps beside other pictures. */
export function learnsFromEmoji({ data: { source, extra } }: Pick<TrainerConfig, 'data'>): boolean {
  return [source, ...extra].some(isDrawn);
}

/** The single emoji that belong to a source: its own, or those that its scenes are composed of. */
export function emojiOf(source: DrawnSource): EmojiSpec {
  if (source.kind === 'emoji') return source;
  const { cacheFolder, size, vendors, skinTones } = source;
  return { kind: 'emoji', cacheFolder, size, vendors, skinTones };
}

/**
 * Opens what a model learns from and is measured on. A model that learns from scenes is still measured on single
 * emoji, of the same splits, so that its figures stand beside the others'.
 */
export async function emojiSources(source: DrawnSource, progress: Progress): Promise<PictureSources> {
  const emoji = emojiOf(source);
  const open = (split: EmojiSplit, words: PartWords) => openPart({ ...emoji, split }, words, progress);
  const labelled = await open('train', trainingWords);
  const [validation, ...tests] = await Promise.all([
    open('validation', validationWords),
    open('test', emojiTests.test),
    open('drawingTest', emojiTests.drawingTest),
  ]);
  const train = source.kind === 'emoji' ? labelled : await openPart(source, trainingWords, progress);
  return { train, labelled, validation: validation!, tests };
}
