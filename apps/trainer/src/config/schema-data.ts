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
  positive,
  section,
  text,
} from './fields.js';
import { limits } from './limits.js';
import {
  emojiSource,
  hdf5Source,
  hdf5TextSource,
  iconSource,
  parquetSource,
  sceneSource,
  tableSource,
  textSource,
  webdatasetSource,
  wordnetSource,
} from './schema-sources.js';

const validationShare = numberBelow(0, 1, 'The share kept apart; write one tenth as 0.1.').default(0.1);

const idx = section({
  kind: z.literal('idx'),
  images: text('Name the file of pictures, e.g. "t10k-images-idx3-ubyte.gz".'),
  labels: text('Name the file of labels, or leave it out.').optional(),
  validationShare,
});

/** Anybody's own source. */
const module = section({
  kind: z.literal('module'),
  module: text('Name a JavaScript module beside the config, e.g. "./my-source.js", or an installed package.'),
  options: z
    .record(z.string(), z.unknown(), fault('a record', 'Its function open is given them.'))
    .default({}),
  validationShare,
});

const folder = section({
  kind: z.literal('folder'),
  path: text('Name the folder of pictures, e.g. "./photos".'),
  captions: text(
    '"auto", "txt" (name.txt beside name.jpg), "none", or a .jsonl, .json, .csv, .tsv, .txt or .parquet file in the folder.',
  ).default('auto'),
  imageKey: text('The column that names the picture, if it is not found by its name.').optional(),
  captionKey: text('The column of the caption, if it is not found by its name.').optional(),
  labelKey: text('The column of the class, if it is not found by its name.').optional(),
  separator: text('What stands between two columns, e.g. ";", if it is not found.').optional(),
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
  validationShare,
});

/** Where pairs come from. */
export const sourceSchema = z.discriminatedUnion(
  'kind',
  [folder, tableSource, webdatasetSource, parquetSource, hdf5Source, idx, module, emojiSource, sceneSource],
  fault(
    'a source of pictures of kind "folder", "table", "webdataset", "parquet", "hdf5", "idx", "module", "emoji" or "scenes"',
    'Write e.g. data: { source: { kind: "folder", path: "./photos" } }, or its address, "folder:./photos".',
  ),
);

/** Further pictures to learn from, or pictures from outside the data. */
export const extraSchema = z.discriminatedUnion(
  'kind',
  [
    folder,
    tableSource,
    webdatasetSource,
    parquetSource,
    hdf5Source,
    idx,
    module,
    emojiSource,
    sceneSource,
    iconSource,
  ],
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
