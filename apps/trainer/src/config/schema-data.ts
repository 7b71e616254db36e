import { z } from 'zod';
import {
  fault,
  flag,
  integerFrom,
  numberBelow,
  numberWithin,
  oneOf,
  positive,
  positiveInteger,
  section,
  text,
} from './fields.js';

const vendors = [
  'noto',
  'noto-v1',
  'twemoji',
  'openmoji',
  'fluent-emoji-flat',
  'emojione',
  'fluent-emoji-3d',
] as const;

const emoji = section({
  kind: z.literal('emoji'),
  cacheFolder: text('Name a folder for the drawn pictures, about 140 MB.').default('.cache/m3ae/emoji'),
  size: positiveInteger('The side of the drawn pictures in pixels, 8 to 512.').min(8).max(512).default(64),
  vendors: z
    .array(oneOf(vendors, 'Leave it out to use all of them.'))
    .min(1)
    .default([...vendors]),
  skinTones: flag('true adds the drawings with skin tones.').default(false),
  labels: oneOf(['subgroup', 'group'], 'Unicode sorts emoji into 100 subgroups of 10 groups.').default(
    'subgroup',
  ),
  captionSeparator: z.string(fault('a string', 'It stands between name and tags, e.g. ", ".')).default(', '),
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
  allowMissingCaptions: flag('true uses pictures without a caption without text.').default(false),
  strictText: flag('true refuses captions that are not valid UTF-8 instead of repairing them.').default(
    false,
  ),
  maxPixels: positive('Pictures with more pixels are refused; write 50 megapixels as 50e6.').default(50e6),
  validationShare: numberBelow(0, 1, 'The share of pictures kept apart; write one tenth as 0.1.').default(
    0.1,
  ),
});

const wordnet = section({ kind: z.literal('wordnet') });

/** Where pairs come from. */
export const sourceSchema = z.discriminatedUnion(
  'kind',
  [emoji, folder],
  fault(
    'a source of pictures, { kind: "emoji" } or { kind: "folder", path }',
    'Write e.g. data: { source: { kind: "folder", path: "./photos" } }.',
  ),
);

/** The `data` part of a config: sources, their mixture, and how they are read. */
export const dataSection = section({
  source: sourceSchema,
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
    '"pairedPlusText" adds a text-only batch to every step.',
  ).default('pairedPlusText'),
  pairedShare: numberWithin(0, 1, 'Write ten per cent as 0.1, not 10.').default(1),
  pairedBy: oneOf(
    ['modulo', 'hash'],
    '"modulo" is the rule of the reference, exact for every full hundred; "hash" suits small folders.',
  ).default('modulo'),
  dropText: numberWithin(0, 1, 'Write ten per cent as 0.1, not 10.').default(0),
  shuffle: flag('false reads the examples in their stored order.').default(true),
  workers: integerFrom(0, 'Use 0 to decode in the main thread.').default(1),
  queueSize: integerFrom(1, 'The number of batches prepared ahead.').default(4),
  maxBadShare: numberWithin(
    0,
    1,
    'The share of unreadable files that stops the run; write one per cent as 0.01.',
  ).default(0.01),
});
