import { defaultMaxBadShare } from '@m3ae/datasets';
import { z } from 'zod';
import {
  fault,
  flag,
  integerFrom,
  numberBelow,
  nonNegative,
  numberWithin,
  oneOf,
  section,
  text,
} from './fields.js';
import { limits } from './limits.js';
import {
  emojiSource,
  folderSource,
  hdf5Source,
  hdf5TextSource,
  iconSource,
  idxSource,
  parquetSource,
  sceneSource,
  tableSource,
  textSource,
  webdatasetSource,
  wordnetSource,
} from './schema-sources.js';

const validationShare = numberBelow(0, 1, 'The share kept apart; write one tenth as 0.1.').default(0.1);

/** Anybody's own source. */
const module = section({
  kind: z.literal('module'),
  module: text('Name a JavaScript module beside the config, e.g. "./my-source.js", or an installed package.'),
  options: z
    .record(z.string(), z.unknown(), fault('a record', 'Its function open is given them.'))
    .default({}),
  validationShare,
});

const pictureSources = [
  folderSource,
  tableSource,
  webdatasetSource,
  parquetSource,
  hdf5Source,
  idxSource,
  module,
  emojiSource,
  sceneSource,
] as const;

/** Where pairs come from. */
export const sourceSchema = z.discriminatedUnion(
  'kind',
  pictureSources,
  fault(
    'a source of pictures of kind "folder", "table", "webdataset", "parquet", "hdf5", "idx", "module", "emoji" or "scenes"',
    'Write e.g. data: { source: { kind: "folder", path: "./photos" } }, or its address, "folder:./photos".',
  ),
);

/** Further pictures to learn from, or pictures from outside the data. */
export const extraSchema = z.discriminatedUnion(
  'kind',
  [...pictureSources, iconSource],
  fault(
    'a source of pictures of kind "folder", "table", "webdataset", "parquet", "hdf5", "idx", "module", "emoji", "scenes" or "icons"',
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
      [wordnetSource, textSource, hdf5TextSource, module],
      fault(
        'null, { kind: "wordnet" }, { kind: "text", path }, { kind: "hdf5", files } or { kind: "module", module }',
        'Leave it out to train without text-only batches.',
      ),
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
    'The share of a part, or of the files on servers, that may be unreadable before a run stops; write one per cent as 0.01.',
  ).default(defaultMaxBadShare),
});
