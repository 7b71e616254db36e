import { defaultMaxBadShare, emojiGroups, emojiVendors } from '@m3ae/datasets';
import { z } from 'zod';
import {
  fault,
  flag,
  integerFrom,
  numberBelow,
  nonNegative,
  numberWithin,
  oneOf,
  positive,
  positiveInteger,
  section,
  text,
} from './fields.js';
import { limits } from './limits.js';

const drawings = {
  cacheFolder: text('Name a folder for the drawn pictures, about 140 MB.').default('.cache/m3ae/emoji'),
  size: integerFrom(8, 512, 'The side of the drawn pictures in pixels, e.g. 64.').default(64),
};

const emojiDrawings = {
  ...drawings,
  vendors: z
    .array(oneOf(emojiVendors, 'Leave it out to use all of them.'))
    .min(1, fault('a list of at least one vendor', 'Leave it out to use all of them.'))
    .default([...emojiVendors]),
  skinTones: flag('true adds the drawings with skin tones.').default(false),
};

const emoji = section({
  kind: z.literal('emoji'),
  ...emojiDrawings,
  labels: oneOf(['subgroup', 'group'], 'Unicode sorts emoji into 100 subgroups of 10 groups.').default(
    'subgroup',
  ),
  captionSeparator: z.string(fault('a string', 'It stands between name and tags, e.g. ", ".')).default(', '),
  shuffleTags: flag('true puts the tags in another order at each step.').default(false),
  dropTags: numberBelow(0, 1, 'The share of tags left out at each step; write one third as 0.33.').default(0),
});

const pairOf = (rule: string, remedy: string, number: z.ZodNumber) => {
  const words = fault(rule, remedy);
  return z.tuple([number, number], words).refine(([low, high]) => low <= high, words);
};

const sceneParts = fault('two rising integers from 1 to 4', 'Write e.g. [2, 4].');
const sceneSide = fault('two rising shares from 0.1 to 0.5', 'Write e.g. [0.3, 0.5].');

const scenes = section({
  kind: z.literal('scenes'),
  ...emojiDrawings,
  groups: z
    .array(oneOf(emojiGroups, 'Leave it out to use all of them.'))
    .min(1, fault('a list of at least one group', 'Leave it out to use all of them.'))
    .default([...emojiGroups]),
  length: positiveInteger(limits.examples, 'The number of training scenes.').default(20_000),
  seed: integerFrom(0, limits.seed, 'Another seed composes other scenes.').default(0),
  parts: pairOf(
    'two rising integers from 1 to 4',
    'Write e.g. [2, 4].',
    z.int(sceneParts).min(1, sceneParts).max(4, sceneParts),
  ).default([2, 4]),
  side: pairOf(
    'two rising shares from 0.1 to 0.5',
    'Write e.g. [0.3, 0.5].',
    z.number(sceneSide).min(0.1, sceneSide).max(0.5, sceneSide),
  ).default([0.3, 0.5]),
  softBackground: numberWithin(0, 1, 'The share of scenes on a soft colour; 0 is always white.').default(0.5),
  separator: text('It stands between two emoji, e.g. " and ".').default(' and '),
  tags: integerFrom(0, limits.words, 'Tags that follow each name, at most.').default(0),
  tagSeparator: text('It stands before each tag, e.g. " ".').default(' '),
  maxNameWords: positiveInteger(limits.words, 'Emoji with longer names are left out, e.g. 3.').default(3),
});

const icons = section({
  kind: z.literal('icons'),
  set: text('Name an Iconify set whose package is installed, e.g. "logos".'),
  ...drawings,
});

const idx = section({
  kind: z.literal('idx'),
  images: text('Name the file of pictures, e.g. "t10k-images-idx3-ubyte.gz".'),
  labels: text('Name the file of labels, or leave it out.').optional(),
});

const folder = section({
  kind: z.literal('folder'),
  path: text('Name the folder of pictures, e.g. "./photos".'),
  captions: text(
    '"auto", "txt" (name.txt beside name.jpg), "none", or a .jsonl or .csv file in the folder.',
  ).default('auto'),
  labels: oneOf(
    ['none', 'subfolder', 'column'],
    'Where the classes of the evaluation come from, if there are any.',
  ).default('none'),
  layout: oneOf(
    ['auto', 'none'],
    '"auto" takes sub-folders named train, val and test for the parts; "none" takes them for any other.',
  ).default('auto'),
  allowMissingCaptions: flag('true uses pictures without a caption without text.').default(false),
  allowMissingPictures: flag('true leaves out captions whose picture is not there.').default(false),
  followLinks: flag('true follows links to other folders and to files outside.').default(false),
  strictText: flag('true refuses captions that are not UTF-8 instead of guessing their encoding.').default(
    false,
  ),
  maxPixels: positive(
    limits.sourcePixels,
    'Pictures with more pixels are refused; write 50 megapixels as 50e6.',
  ).default(50e6),
  validationShare: numberBelow(0, 1, 'The share of pictures kept apart; write one tenth as 0.1.').default(
    0.1,
  ),
});

const wordnet = section({ kind: z.literal('wordnet') });

/** Where pairs come from. */
export const sourceSchema = z.discriminatedUnion(
  'kind',
  [emoji, folder, scenes],
  fault(
    'a source of pictures, { kind: "emoji" }, { kind: "scenes" } or { kind: "folder", path }',
    'Write e.g. data: { source: { kind: "folder", path: "./photos" } }.',
  ),
);

/** Further pictures to learn from, or pictures from outside the data. */
export const extraSchema = z.discriminatedUnion(
  'kind',
  [emoji, folder, scenes, icons, idx],
  fault(
    'a source of pictures of kind "emoji", "scenes", "icons", "folder" or "idx"',
    'Write e.g. { kind: "scenes", length: 10000 }.',
  ),
);

/** Where pairs come from, with its defaults. */
export type SourceConfig = z.output<typeof sourceSchema>;

/** {@link extraSchema} with its defaults. */
export type ExtraConfig = z.output<typeof extraSchema>;

/** The `data` part of a config: sources, their mixture, and how they are read. */
export const dataSection = section({
  source: sourceSchema,
  extra: z
    .array(extraSchema, fault('a list of sources', 'Write e.g. [{ kind: "scenes" }], or leave it out.'))
    .default([]),
  unpairedText: z
    .discriminatedUnion(
      'kind',
      [wordnet],
      fault('null or { kind: "wordnet" }', 'Leave it out to train without text-only batches.'),
    )
    .nullable()
    .default(null),
  strategy: oneOf(
    ['pairedPlusText', 'weighted'],
    '"pairedPlusText" adds a text-only batch to every step, "weighted" draws one source for each.',
  ).default('pairedPlusText'),
  weights: section({
    pictures: nonNegative(
      limits.weight,
      'How often a step takes pictures, relative to the other weight.',
    ).default(1),
    unpairedText: nonNegative(limits.weight, 'How often a step takes text alone.').default(1),
  })
    .nullable()
    .default(null),
  pairedShare: numberWithin(0, 1, 'Write ten per cent as 0.1, not 10.').default(1),
  pairedBy: oneOf(
    ['modulo', 'hash'],
    '"modulo" is the rule of the reference, exact for every full hundred; "hash" suits small folders.',
  ).default('modulo'),
  dropText: numberWithin(0, 1, 'Write ten per cent as 0.1, not 10.').default(0),
  shuffle: flag('false reads the examples in their stored order.').default(true),
  workers: integerFrom(0, limits.workers, 'Use 0 to decode in the main thread.').default(1),
  queueSize: integerFrom(1, limits.queue, 'The number of batches prepared ahead.').default(4),
  maxBadShare: numberWithin(
    0,
    1,
    'The share of a part that may be unreadable before a run stops; write one per cent as 0.01.',
  ).default(defaultMaxBadShare),
});
