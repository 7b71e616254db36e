import { addressHint, loaderRules, pictureSourceRules, splitless, textSourceRules } from '@m3ae/datasets';
import {
  checkedBy,
  kinds,
  list,
  nullable,
  number,
  type OutputOf,
  record,
  withDefault,
} from '@m3ae/errors/rules';
import { mixerRules } from '@m3ae/mixing';
import type { EmojiSpec, IconSpec, SceneSpec, WordnetSpec } from '@m3ae/sample-datasets/specs';
import { limits } from './limits.js';
import { specsFor } from './samples.js';

/** The part is what a run decides itself, and where drawings are kept may be left out. */
type CacheOptional<Spec extends { readonly cacheFolder: string }> = Omit<Spec, 'split' | 'cacheFolder'> &
  Partial<Pick<Spec, 'cacheFolder'>>;

/** Where drawn pictures are kept. */
export const defaultDrawings = { cacheFolder: '.cache/m3ae/emoji' };

/** Pictures of emoji. */
const emojiSource = checkedBy((spec: CacheOptional<EmojiSpec>) =>
  splitless({ ...defaultDrawings, ...spec }, specsFor('emoji').resolveEmojiSpec),
);

/** Several emoji in a picture. */
const sceneSource = checkedBy((spec: CacheOptional<SceneSpec>) =>
  splitless({ ...defaultDrawings, ...spec }, specsFor('scenes').resolveSceneSpec),
);

/** Drawings of an icon set. */
const iconSource = checkedBy((spec: CacheOptional<IconSpec>) =>
  specsFor('icons').resolveIconSpec({ ...defaultDrawings, ...spec }),
);

/** Sentences of WordNet. */
const wordnetSource = checkedBy((spec: WordnetSpec) => specsFor('wordnet').resolveWordnetSpec(spec));

const { folder, table, webdataset, parquet, hdf5, idx, module } = pictureSourceRules;

const pictureSources = {
  folder,
  table,
  webdataset,
  parquet,
  hdf5,
  idx,
  module,
  emoji: emojiSource,
  scenes: sceneSource,
} as const;

const named = (sources: object): string => {
  const words = Object.keys(sources).map((kind) => `"${kind}"`);
  return `a source of pictures of kind ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
};

/** Where pairs come from. */
const sourceRule = kinds('kind', pictureSources, {
  rule: named(pictureSources),
  remedy: (given) =>
    typeof given === 'string'
      ? addressHint(given)
      : 'Write e.g. data: { source: { kind: "folder", path: "./photos" } }, or its address, "folder:./photos".',
});

const extraSources = { ...pictureSources, icons: iconSource } as const;

/** Further pictures to learn from, or pictures from outside the data. */
export const extraRule = kinds('kind', extraSources, {
  rule: named(extraSources),
  remedy: 'Write e.g. { kind: "scenes", length: 10000 }.',
});

/** Where pairs come from, with its defaults. */
export type SourceConfig = OutputOf<typeof sourceRule>;

/** {@link extraRule} with its defaults. */
export type ExtraConfig = OutputOf<typeof extraRule>;

const weight = (remedy: string) => withDefault(number({ min: 0, limit: limits.weight }, remedy), 1);

/** The `data` part of a config: sources, their mixture, and how they are read. */
export const dataRule = record({
  source: sourceRule,
  extra: withDefault(
    list(extraRule, {
      rule: 'a list of sources',
      remedy: 'Write e.g. [{ kind: "scenes" }], or leave it out.',
    }),
    [],
  ),
  unpairedText: withDefault(
    nullable(
      kinds(
        'kind',
        { wordnet: wordnetSource, ...textSourceRules },
        {
          rule: 'null, { kind: "wordnet" }, { kind: "text", path }, { kind: "hdf5", files } or { kind: "module", module }',
          remedy: 'Leave it out to train without text-only batches.',
        },
      ),
    ),
    null,
  ),
  weights: withDefault(
    nullable(
      record({
        pictures: weight('How often a step takes pictures, relative to the other weight.'),
        unpairedText: weight('How often a step takes text alone.'),
      }),
    ),
    null,
  ),
  ...mixerRules,
  workers: withDefault(loaderRules.workers, 1),
  queueSize: withDefault(loaderRules.queueSize, 4),
  maxBadShare: loaderRules.maxBadShare,
});
