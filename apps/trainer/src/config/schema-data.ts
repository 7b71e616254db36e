import {
  addressHint,
  cropRule,
  loaderRules,
  maxLengthRule,
  pictureSourceRules,
  splitless,
  textSourceRules,
} from '@m3ae/datasets';
import {
  checkedBy,
  flag,
  inInterval,
  integer,
  kinds,
  list,
  matching,
  nullable,
  number,
  oneOf,
  optional,
  optionalRecord,
  type OutputOf,
  record,
  withDefault,
} from '@m3ae/errors/rules';
import { mixerRules } from '@m3ae/mixing';
import type { EmojiSpec, IconSpec, SceneSpec, WordnetSpec } from '@m3ae/sample-datasets/specs';
import { limits } from './limits.js';
import { specsFor } from './samples.js';
import { imageMaskingRule, imageTokenizerRule, textMaskingRule } from '@m3ae/tasks';

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

const ratioRemedy = 'Write three quarters as 0.75, not 75.';

const threeNumbers = (fits: (value: number) => boolean, example: string) =>
  withDefault(
    matching<'data' | readonly [number, number, number]>(
      'three numbers in [0, 1], one a channel, or "data"',
      (value) => value === 'data' || (Array.isArray(value) && value.length === 3 && value.every(fits)),
      `Use "data" for the statistics of the source, or e.g. ${example}.`,
      'data',
    ),
    'data',
  );

const share = (remedy: string) => inInterval('[0, 1]', remedy);

const side = (remedy: string) => integer({ min: 1, limit: limits.pictureSide }, remedy);

/** The `image` part of a config: from a decoded picture to hidden patches. */
export const imageRule = optionalRecord(
  record({
    size: withDefault(side('The side of the square picture in pixels, e.g. 256.'), 256),
    patchSize: withDefault(side('The side of a patch in pixels, e.g. 16.'), 16),
    maskRatio: withDefault(inInterval('[0, 1)', ratioRemedy), 0.75),
    masking: withDefault(imageMaskingRule, { strategy: 'random' }),
    crop: optionalRecord(cropRule),
    tokenizer: optional(imageTokenizerRule),
    flip: withDefault(share('The probability of mirroring; write one half as 0.5.'), 0.5),
    mean: threeNumbers((value) => value >= 0 && value <= 1, '[0.485, 0.456, 0.406]'),
    std: threeNumbers((value) => value > 0 && value <= 1, '[0.229, 0.224, 0.225]'),
  }),
);

/** The `text` part of a config: from a caption to hidden word pieces. */
export const textRule = optionalRecord(
  record({
    maxLength: withDefault(maxLengthRule, 64),
    maskRatio: withDefault(inInterval('[0, 1)', ratioRemedy), 0.75),
    masking: withDefault(textMaskingRule, { strategy: 'random' }),
    vocabulary: withDefault(
      oneOf(['bert', 'trimmed'], '"trimmed" keeps only the pieces that the training captions use.'),
      'bert',
    ),
    leaveOutPadding: withDefault(flag('true computes nothing for padding, which changes no result.'), true),
  }),
);
