import { requirePositiveInteger, requireRecord } from '@m3ae/errors';
import { type EmojiSpec, type EmojiSplit, type EmojiVendor, resolveEmojiSpec } from './emoji/spec.js';
import type { IconSpec } from './sample-specs.js';
import { resolveSceneSpec, type SceneSpec } from './scenes/spec.js';

/** Built-in data for one purpose, with words for tables and reports. */
export interface Selection<Spec> {
  /** What `open` takes. */
  readonly spec: Spec;
  /** E.g. `unseenEmoji`, as results call it. */
  readonly name: string;
  /** Readable name for tables. */
  readonly title: string;
  /** What it is for, in a sentence. */
  readonly note: string;
}

/** Emoji that a model has not seen, by the split: to choose on, and to tell figures of. */
const emojiWords = {
  validation: {
    name: 'validation',
    title: 'validation',
    note: 'Drawings of emoji not trained on, for choosing; their captions are new to the model.',
  },
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
} as const satisfies Partial<Record<EmojiSplit, Omit<Selection<EmojiSpec>, 'spec'>>>;

/** @throws InvalidInput for what is no record; its values are checked where pictures are opened. */
function requireEmoji(emoji: EmojiSpec): void {
  requireRecord('emoji', emoji, 'kind, cacheFolder', 'Pass e.g. { kind: "emoji", cacheFolder: "cache" }.');
}

/** What a source says of the drawings in it. */
const drawingsOf = ({ cacheFolder, size, vendors, skinTones }: EmojiSpec | SceneSpec) => ({
  cacheFolder,
  size,
  vendors,
  skinTones,
});

/** The emoji that scenes are composed of. */
export const emojiOfScenes = (scenes: SceneSpec): EmojiSpec => ({ kind: 'emoji', ...drawingsOf(scenes) });

/** The single emoji that belong to a source: its own, or those that its scenes are composed of. */
export const emojiOf = (source: EmojiSpec | SceneSpec): EmojiSpec =>
  source.kind === 'emoji' ? source : emojiOfScenes(source);

/** Scenes that belong to a source: its own, or those that are composed of its emoji. */
export const scenesOf = (source: EmojiSpec | SceneSpec): SceneSpec =>
  source.kind === 'scenes' ? source : { kind: 'scenes', ...drawingsOf(source) };

/**
 * Emoji that a model trained on the split `train` has not seen.
 *
 * @param emoji - Its own split does not count.
 * @returns `validation` to choose on, and the tests whose figures are told.
 * @throws InvalidInput for what is no record; its values are checked where pictures are opened.
 *
 * @example
 * ```ts
 * const { tests } = unseenEmoji({ kind: 'emoji', cacheFolder: 'cache' });
 * tests.map(({ name }) => name); // ['unseenEmoji', 'unseenDrawing']
 * ```
 */
export function unseenEmoji(emoji: EmojiSpec): {
  readonly validation: Selection<EmojiSpec>;
  readonly tests: readonly [Selection<EmojiSpec>, ...Selection<EmojiSpec>[]];
} {
  requireEmoji(emoji);
  const of = (split: keyof typeof emojiWords) => ({ spec: { ...emoji, split }, ...emojiWords[split] });
  return { validation: of('validation'), tests: [of('test'), of('drawingTest')] };
}

const sceneWords = {
  drawingValidation: {
    name: 'scenesValidation',
    title: 'scenes, validation',
    note: 'Several emoji in a picture, in drawings not trained on; for choosing.',
  },
  drawingTest: {
    name: 'scenesUnseenDrawing',
    title: 'scenes of unseen drawings',
    note: 'Several emoji in a picture, in drawings not trained on.',
  },
  test: {
    name: 'scenesUnseenEmoji',
    title: 'scenes of unseen emoji',
    note: 'Several emoji in a picture, of which no drawing was trained on.',
  },
} as const satisfies Partial<Record<EmojiSplit, Omit<Selection<SceneSpec>, 'spec'>>>;

/**
 * Scenes that a model trained on the split `train` has not seen, of emoji or of scenes.
 *
 * @param scenes - Its own split does not count.
 * @param length - Scenes of each.
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function unseenScenes(
  scenes: SceneSpec,
  length: number,
): Readonly<Record<'validation' | 'unseenDrawing' | 'unseenEmoji', Selection<SceneSpec>>> {
  requireRecord('scenes', scenes, 'kind, cacheFolder', 'Pass e.g. { kind: "scenes", cacheFolder: "cache" }.');
  requirePositiveInteger('length', length, 'Pass the scenes of each, e.g. 2000.');
  resolveSceneSpec(scenes);
  const of = (split: keyof typeof sceneWords) => ({
    spec: { ...scenes, split, length },
    ...sceneWords[split],
  });
  return { validation: of('drawingValidation'), unseenDrawing: of('drawingTest'), unseenEmoji: of('test') };
}

/** Vendors that draw flags, in case the given ones do not. */
const flagVendors: readonly EmojiVendor[] = ['twemoji', 'noto', 'noto-v1', 'emojione', 'openmoji'];

/**
 * What lies outside the emoji that a model is trained on: a group held out whole, a style held out whole, and two sets of icons.
 *
 * @param emoji - Where drawings are kept, their size, and the vendors that are known; its split does not count.
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function outlierSets(emoji: EmojiSpec): readonly Selection<EmojiSpec | IconSpec>[] {
  requireEmoji(emoji);
  resolveEmojiSpec(emoji);
  const { cacheFolder, size, vendors } = emoji;
  const drawnBy = (able: readonly EmojiVendor[]) => {
    const own = vendors ?? able;
    return own.some((vendor) => able.includes(vendor)) ? own : [able[0]!];
  };
  const emojiSet = (split: EmojiSplit, able: readonly EmojiVendor[]): EmojiSpec => ({
    ...emoji,
    vendors: drawnBy(able),
    split,
  });
  const icons = (set: string): IconSpec => ({ kind: 'icons', set, cacheFolder, size });
  return [
    {
      spec: emojiSet('flags', flagVendors),
      name: 'flags',
      title: 'flag emoji',
      note: 'A group of emoji held out whole.',
    },
    {
      spec: emojiSet('openmoji', ['openmoji']),
      name: 'openmoji',
      title: 'OpenMoji',
      note: 'Known emoji in a style not trained on.',
    },
    {
      spec: icons('logos'),
      name: 'logos',
      title: 'logos',
      note: 'Trademarks of companies and programs.',
    },
    {
      spec: icons('circle-flags'),
      name: 'circleFlags',
      title: 'circular flags',
      note: 'Flags of countries in a circle.',
    },
  ];
}
