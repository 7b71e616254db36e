import { invalidField, pluralize, unusable } from '@m3ae/errors';
import { createHash } from 'node:crypto';
import { foldIn, key } from '@m3ae/random';
import {
  type Box,
  createDataset,
  type Dataset,
  type ListContent,
  type OnProgress,
  type PixelSource,
  stateOf,
} from '@m3ae/datasets';
import { type EmojiRecord, openEmoji } from '../emoji/open-emoji.js';
import { type EmojiGroup, emojiGroups, emojiSplits } from '../emoji/spec.js';
import { readerModule, readerOf, sceneCaption } from './reader.js';
import { type Color, drawLayout, type SceneContent } from './layout.js';
import { type ResolvedSceneSpec, resolveSceneSpec, type SceneSpec } from './spec.js';

/** One emoji in a scene. */
export interface ScenePart {
  /** Its name, e.g. `red apple`. */
  readonly label: string;
  /** Which emoji, by whom, and of which part of the emoji pairs. */
  readonly entry: EmojiRecord;
  readonly vendor: EmojiRecord['vendor'];
  /** The square of the drawing in pixels of the picture. */
  readonly box: Box;
  /** Its first character in the caption, and the first one behind it (and its tags). */
  readonly words: readonly [start: number, end: number];
}

/** What a scene shows. */
export interface Scene {
  /** In the order of the caption. */
  readonly parts: readonly ScenePart[];
  /** Plain color behind the drawings; white is [255, 255, 255]. */
  readonly background: Color;
}

/** A `Dataset` of scenes that also tells what stands where. */
export interface SceneDataset extends Dataset {
  /** @throws InvalidInput if the index is outside the dataset. */
  scene(index: number): Scene;
}

/**
 * Opens scenes, rendering the emoji into `cacheFolder` the first time.
 *
 * @param spec - Which drawings, how many scenes, and how they are composed.
 * @param onProgress - Called after each rendered drawing; not at all when the cache is whole.
 * @throws InvalidInput if an option is unknown or out of range.
 * @throws InvalidInput if a data package is missing, or too few emoji are left to choose from.
 *
 * @example
 * ```ts
 * const scenes = await openScenes({ kind: 'scenes', cacheFolder: 'cache', split: 'drawingTest' });
 * const caption = scenes.caption(0); // 'red apple and guitar and snail'
 * const [{ box, words }] = scenes.scene(0).parts; // [3, 20, 30, 47], [0, 9]
 * ```
 */
export async function openScenes(spec: SceneSpec, onProgress?: OnProgress): Promise<SceneDataset> {
  const resolved = resolveSceneSpec(spec);
  const { cacheFolder, split, vendors, size, skinTones, length } = resolved;
  const emoji = await openEmoji({ kind: 'emoji', cacheFolder, split, vendors, size, skinTones }, onProgress);
  const content = contentOf(resolved, emoji.records, stateOf(emoji)!.content as ListContent);
  const { cacheFolder: _, groups, ...rest } = resolved;
  // All groups leave no trace, so that scenes of before there were groups are known again.
  const view = hasAll(groups) ? rest : { ...rest, groups };
  const facts = {
    name: `scenes/${split}`,
    kind: 'paired' as const,
    length,
    fingerprint: createHash('sha256').update(emoji.fingerprint).update(JSON.stringify(view)).digest('hex'),
    notes: [],
  };
  const dataset = createDataset(facts, readerOf(content, facts.name), {
    type: 'module',
    module: readerModule,
    data: content,
  });
  return Object.assign(dataset, { scene: (index: number) => sceneAt(dataset, content, index) });
}

/** Keeps the drawings of the groups whose names are short enough, and turns shares of the canvas into pixels. */
function contentOf(
  spec: ResolvedSceneSpec,
  records: readonly EmojiRecord[],
  { pictures }: ListContent,
): SceneContent {
  const { split, seed, groups, size, parts, side, maxNameWords, softBackground } = spec;
  const isWanted = ({ label, group }: EmojiRecord) =>
    groups.includes(emojiGroups[group]!) && wordsIn(label) <= maxNameWords;
  const rows = [...records.keys()].filter((row) => isWanted(records[row]!));
  const labels = new Set(rows.map((row) => records[row]!.label));
  const emoji = new Set(rows.map((row) => records[row]!.baseCodePoints));
  if (Math.min(labels.size, emoji.size) < parts[1]) {
    throw unusable(
      `Scenes of ${parts[1]} emoji need as many different ones; ${spec.vendors.join(', ')} have ${emoji.size} in ` +
        `the split ${split} with names of at most ${pluralize(maxNameWords, 'word')}${hasAll(groups) ? '' : `, of ${groups.join(', ')}`}. ` +
        `Add vendors${hasAll(groups) ? '' : ' or groups'}, or raise maxNameWords.`,
    );
  }
  const half = Math.floor(size / 2);
  const [smallest, largest] = side.map((share) => Math.min(half, Math.max(1, Math.round(share * size))));
  return {
    drawings: pictures as PixelSource,
    rows,
    records: rows.map((row) => records[row]!),
    key: foldIn(key(seed), emojiSplits.indexOf(split)),
    size,
    parts,
    side: [smallest!, largest!],
    softBackground,
    separator: spec.separator,
    tags: spec.tags,
    tagSeparator: spec.tagSeparator,
  };
}

function hasAll(groups: readonly EmojiGroup[]): boolean {
  return groups.length === emojiGroups.length;
}

function wordsIn(label: string): number {
  return label.split(/[\s-]+/).length;
}

function sceneAt({ name, length }: Dataset, content: SceneContent, index: number): Scene {
  if (!Number.isInteger(index) || index < 0 || index >= length) {
    const rule = `an integer from 0 to ${length - 1}`;
    throw invalidField('index', rule, index, `${name} has ${pluralize(length, 'example')}.`);
  }
  const { background, parts } = drawLayout(content, index);
  const { words } = sceneCaption(
    content,
    parts.map(({ drawing }) => drawing),
  );
  return {
    background,
    parts: parts.map(({ drawing, box }, at) => {
      const entry = content.records[drawing]!;
      return { label: entry.label, entry, vendor: entry.vendor, box, words: words[at]! };
    }),
  };
}
