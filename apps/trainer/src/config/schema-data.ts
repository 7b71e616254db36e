import { z } from 'zod';
import { fault, flag, integerFrom, numberBelow, numberWithin, oneOf, section, text } from './fields.js';

const emoji = section({
  kind: z.literal('emoji'),
  cacheFolder: text('Name a folder that may hold the drawn pictures, e.g. ".cache/m3ae/emoji".').optional(),
  skinTones: flag('true adds the drawings with skin tones.').default(false),
});

const folder = section({
  kind: z.literal('folder'),
  path: text('Name the folder of pictures, e.g. "./photos".'),
  captions: text(
    'Name a .jsonl or .csv file in the folder, or leave it out for name.txt beside name.jpg.',
  ).optional(),
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
  dropText: numberWithin(0, 1, 'Write ten per cent as 0.1, not 10.').default(0),
  shuffle: flag('false reads the examples in their stored order.').default(true),
  workers: integerFrom(0, 'Use 0 to decode in the main thread.').default(1),
  queueSize: integerFrom(1, 'The number of batches prepared ahead.').default(4),
  maxBadShare: numberWithin(
    0,
    1,
    'The share of unreadable files that stops the run; write one per cent as 0.01.',
  ).default(0.01),
  validationShare: numberBelow(
    0,
    1,
    'The share of examples kept apart for choosing; write one tenth as 0.1.',
  ).default(0.1),
  testShare: numberBelow(
    0,
    1,
    'The share of examples kept apart for the final figures; write one tenth as 0.1.',
  ).default(0.1),
});
