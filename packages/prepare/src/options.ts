import { faultOf, throwFaults } from '@m3ae/errors';
import {
  examine,
  inInterval,
  integer,
  matching,
  nullable,
  number,
  oneOf,
  type OutputOf,
  record,
  type Rule,
  text,
  withDefault,
} from '@m3ae/errors/rules';

/** What files a data set is written as: {@link PrepareOptions.to}. */
export const shardFormats = ['webdataset', 'parquet', 'hdf5'] as const;

/** How pictures that are made smaller are stored: {@link PrepareOptions.format}. */
export const pictureFormats = ['jpeg', 'png', 'webp'] as const;

/** Which pictures and captions stay. All rules count letters and words alike in every language. */
export interface FilterOptions {
  /** Least length of a picture's shorter side, in pixels. Default 1. */
  readonly minSide?: number;
  /** Longest side over shortest, at most. Default: any. */
  readonly maxAspect?: number;
  /** Least words of a caption; from 1 on, a picture needs one. Default 0. */
  readonly minCaptionWords?: number;
  /** Most words of a caption. Default: any. */
  readonly maxCaptionWords?: number;
  /** Least share of letters among what is no space, in [0, 1]: drops numbers, addresses and signs. Default 0. */
  readonly minLetterShare?: number;
  /** Largest share of one word in a caption of more than two, in (0, 1]: drops repetitions. Default 1. */
  readonly maxWordShare?: number;
  /** Bits of 64 in which the difference hashes of two pictures may differ that count as one, 0 to 3. Default: all stay. */
  readonly duplicateBits?: number;
}

/** How a data set is prepared. */
export interface PrepareOptions extends FilterOptions {
  /** The folder to write. */
  readonly out: string;
  /** `'webdataset'`: tar archives; `'parquet'`: as the Hugging Face hub has them; `'hdf5'`: as M3AE's reference reads them. */
  readonly to: (typeof shardFormats)[number];
  /** Larger pictures are made smaller, so that their shorter side has this many pixels. Default: they stay as they are. */
  readonly shorterSide?: number;
  /** How pictures are stored anew that are made smaller, or are no JPEG, PNG or WebP. Default `'jpeg'`; `'png'` loses nothing. */
  readonly format?: (typeof pictureFormats)[number];
  /** Of the JPEG and WebP pictures that are stored anew, 1 to 100. Default 95. */
  readonly quality?: number;
  /** A shard ends with the example that brings its pictures and captions to this many million bytes. Default 256. */
  readonly shardMegabytes?: number;
  /** Shuffles the examples, by this seed. Default: they stay in their order. */
  readonly shuffleSeed?: number;
  /** What stands before the names of HDF5's arrays: `'train'` for `train_jpg` and `train_labels`. Default: nothing. */
  readonly partition?: string;
}

/** Told now and then: how much of how much of a task is done. */
export type OnPrepareProgress = (task: string, done: number, total: number) => void;

/** {@link PrepareOptions} with every default filled in; null where there is no limit. */
export type ResolvedPrepareOptions = Omit<OutputOf<typeof optionsRule>, 'out'>;

const orNone = <Value>(rule: Rule<Value, Value>) => withDefault(nullable(rule), null);
const pixels = (remedy: string) => integer({ min: 1, max: 65_535 }, remedy);
/** At most more words than a caption has. */
const words = (min: number, remedy: string) => integer({ min, max: 100_000 }, remedy);

const optionsRule = record({
  out: text('Name the folder to write.', 'a folder path'),
  to: oneOf(shardFormats, 'Choose the files to write.'),
  shorterSide: orNone(pixels('Give it in pixels, e.g. 256.')),
  format: withDefault(oneOf(pictureFormats, 'Leave it out for "jpeg".'), 'jpeg'),
  quality: withDefault(integer({ min: 1, max: 100 }, 'Leave it out for 95.'), 95),
  shardMegabytes: withDefault(number({ above: 0, limit: 1e6 }, 'Leave it out for 256.'), 256),
  shuffleSeed: orNone(integer({ min: 0, max: 2 ** 32 - 1 }, 'Leave it out to keep the order.')),
  partition: orNone(
    matching('a word', (value) => /^[a-z][a-z0-9]{0,31}$/i.test(String(value)), 'Write e.g. "train".', ''),
  ),
  minSide: withDefault(pixels('Give it in pixels, e.g. 64.'), 1),
  maxAspect: orNone(inInterval('[1, 1000]', 'Write three to one as 3.')),
  minCaptionWords: withDefault(words(0, 'Leave it out to keep pictures without a caption.'), 0),
  maxCaptionWords: orNone(words(1, 'Leave it out to keep captions of any length.')),
  minLetterShare: withDefault(inInterval('[0, 1]', 'Write one half as 0.5.'), 0),
  maxWordShare: withDefault(inInterval('(0, 1]', 'Write one half as 0.5.'), 1),
  duplicateBits: orNone(integer({ min: 0, max: 3 }, 'Write 0 for pictures whose hashes are equal.')),
});

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolvePrepareOptions(options: PrepareOptions): ResolvedPrepareOptions {
  const { value, faults } = examine(optionsRule, options);
  const { out: _out, ...resolved } = value;
  const { format, minCaptionWords, maxCaptionWords, partition, to } = resolved;
  const rule = `at least minCaptionWords = ${minCaptionWords}`;
  throwFaults([
    ...faults,
    partition !== null &&
      to !== 'hdf5' &&
      faultOf('partition', 'left out but for "hdf5"', partition, 'Other files have no arrays.'),
    faults.length === 0 &&
      options.quality !== undefined &&
      format === 'png' &&
      faultOf(
        'quality',
        'left out with "png", which loses nothing',
        options.quality,
        'Choose "jpeg" or "webp".',
      ),
    faults.length === 0 &&
      maxCaptionWords !== null &&
      maxCaptionWords < minCaptionWords &&
      faultOf('maxCaptionWords', rule, maxCaptionWords, 'Raise it.'),
  ]);
  return resolved;
}
