import { collectFaults, type FaultCollector } from '@m3ae/errors';

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
  /** How pictures are stored that cannot stay the bytes they are. Default `'jpeg'`; `'png'` loses nothing. */
  readonly format?: (typeof pictureFormats)[number];
  /** Of JPEG and WebP, 1 to 100. Default 95. */
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
export interface ResolvedPrepareOptions {
  readonly to: (typeof shardFormats)[number];
  readonly shorterSide: number | null;
  readonly format: (typeof pictureFormats)[number];
  readonly quality: number;
  readonly shardMegabytes: number;
  readonly shuffleSeed: number | null;
  readonly partition: string | null;
  readonly minSide: number;
  readonly maxAspect: number | null;
  readonly minCaptionWords: number;
  readonly maxCaptionWords: number | null;
  readonly minLetterShare: number;
  readonly maxWordShare: number;
  readonly duplicateBits: number | null;
}

const isInteger = (least: number, most: number) => ({
  test: (value: unknown) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most,
  rule: `an integer from ${least} to ${most}`,
});
const isNumber = (rule: string, test: (value: number) => boolean) => ({
  test: (value: unknown) => typeof value === 'number' && test(value),
  rule,
});
const isWord = { test: (value: unknown) => /^[a-z][a-z0-9]{0,31}$/i.test(String(value)), rule: 'a word' };
const isOneOf = (values: readonly string[]) => ({
  test: (value: unknown) => values.some((each) => each === value),
  rule: `one of ${values.map((value) => `"${value}"`).join(', ')}`,
});

/** More words than a caption has. */
const mostWords = 100_000;

/** Each option: what it may be, and what helps. */
const rules = {
  to: [isOneOf(shardFormats), 'Choose the files to write.'],
  shorterSide: [isInteger(1, 65_535), 'Give it in pixels, e.g. 256.'],
  format: [isOneOf(pictureFormats), 'Leave it out for "jpeg".'],
  quality: [isInteger(1, 100), 'Leave it out for 95.'],
  shardMegabytes: [
    isNumber('a number above 0', (value) => value > 0 && value <= 1e6),
    'Leave it out for 256.',
  ],
  shuffleSeed: [isInteger(0, 2 ** 32 - 1), 'Leave it out to keep the order.'],
  partition: [isWord, 'Write e.g. "train" or "val".'],
  minSide: [isInteger(1, 65_535), 'Give it in pixels, e.g. 64.'],
  maxAspect: [
    isNumber('a number from 1 to 1000', (value) => value >= 1 && value <= 1000),
    'Write three to one as 3.',
  ],
  minCaptionWords: [isInteger(0, mostWords), 'Leave it out to keep pictures without a caption.'],
  maxCaptionWords: [isInteger(1, mostWords), 'Leave it out to keep captions of any length.'],
  minLetterShare: [isNumber('in [0, 1]', (value) => value >= 0 && value <= 1), 'Write one half as 0.5.'],
  maxWordShare: [isNumber('in (0, 1]', (value) => value > 0 && value <= 1), 'Write one half as 0.5.'],
  duplicateBits: [isInteger(0, 3), 'Write 0 for pictures whose hashes are equal.'],
} satisfies Record<
  keyof ResolvedPrepareOptions,
  readonly [{ readonly test: (value: unknown) => boolean; readonly rule: string }, string]
>;

/** Options whose absence means that there is no such limit. */
const optional: ReadonlySet<string> = new Set([
  'shorterSide',
  'shuffleSeed',
  'partition',
  'maxAspect',
  'maxCaptionWords',
  'duplicateBits',
]);

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolvePrepareOptions(options: PrepareOptions): ResolvedPrepareOptions {
  const { out, ...given } = options;
  const resolved: ResolvedPrepareOptions = {
    shorterSide: null,
    format: 'jpeg',
    quality: 95,
    shardMegabytes: 256,
    shuffleSeed: null,
    partition: null,
    minSide: 1,
    maxAspect: null,
    minCaptionWords: 0,
    maxCaptionWords: null,
    minLetterShare: 0,
    maxWordShare: 1,
    duplicateBits: null,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    to: given.to,
  };
  const check = collectFaults();
  check.refuseUnknown('', options, ['out', ...Object.keys(rules)]);
  const isFolder = typeof out === 'string' && out !== '';
  check.require(isFolder, 'out', 'a folder path', out, 'Name the folder to write.');
  // Its keys are those of the options, which the type above makes sure of.
  for (const name of Object.keys(rules) as (keyof ResolvedPrepareOptions)[])
    requireOption(check, name, resolved[name]);
  const { minCaptionWords, maxCaptionWords, partition, to } = resolved;
  const isNamed = partition === null || to === 'hdf5';
  check.require(isNamed, 'partition', 'left out but for "hdf5"', partition, 'Other files have no arrays.');
  if (check.faults.length === 0 && maxCaptionWords !== null) {
    const rule = `at least minCaptionWords = ${minCaptionWords}`;
    check.require(maxCaptionWords >= minCaptionWords, 'maxCaptionWords', rule, maxCaptionWords, 'Raise it.');
  }
  check.throwIfAny();
  return resolved;
}

function requireOption(check: FaultCollector, name: keyof ResolvedPrepareOptions, value: unknown): void {
  const [{ test, rule }, remedy] = rules[name];
  if (value === null && optional.has(name)) return;
  check.require(test(value), name, rule, value, remedy);
}
