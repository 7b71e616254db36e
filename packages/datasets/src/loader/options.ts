import {
  anything,
  checkedBy,
  checkOptions,
  flag,
  inInterval,
  integer,
  matching,
  optional,
  record,
  withDefault,
} from '@m3ae/errors/rules';
import type { RngKey } from '@m3ae/random';
import { invalidField, messageOf } from '@m3ae/errors';
import {
  createTokenizer,
  type Tokenizer,
  tokenizerFromMapping,
  type VocabularyMapping,
} from '@m3ae/preprocess';
import { type BytePairs, createClipTokenizer } from '@m3ae/preprocess/clip';
import { type ImageOptions, imageRule, type ResolvedImageOptions } from './image-options.js';

/** What a loader makes of its dataset. */
export interface LoaderOptions {
  /** How pictures become patches; leave out to read no pictures. */
  readonly image?: ImageOptions;
  /** How captions become token ids; leave out to read no captions. */
  readonly text?: TextOptions;
  /** All chance is drawn from it: example `position` of step `step` uses `foldIn(foldIn(key, step), position)`. */
  readonly key: RngKey;
  /**
   * Whether to leave chance out: centre crop, no mirroring, captions as they are stored. A picture that cannot be
   * decoded is then left out of its batch instead of replaced by another, which would be measured twice. Default false.
   */
  readonly evaluation?: boolean;
  /**
   * The examples that this loader is for, e.g. one part of a dataset. Only they may be asked for, stand in for one
   * that cannot be decoded, and count for `maxBadShare`. Default: all.
   */
  readonly examples?: Int32Array;
  /** Worker threads; 0 works in the calling thread. Default 0. */
  readonly workers?: number;
  /** Batches worked on or waiting at a time. Default 2, or twice the workers if that is more. */
  readonly queueSize?: number;
  /**
   * Share of the examples that may fail to decode before the loader stops; a single one passes unless this is 0.
   * Default `defaultMaxBadShare`, .01.
   */
  readonly maxBadShare?: number;
  /** The worker's script, for bundlers that move files. Default: the one in this package. */
  readonly workerFile?: string | URL;
}

/** The default of {@link LoaderOptions.maxBadShare}: one in a hundred. */
export const defaultMaxBadShare = 0.01;

/** What a worker needs to know: plain data. */
export interface AssemblyOptions {
  readonly image?: ResolvedImageOptions;
  readonly text?: TextOptions;
  readonly key: RngKey;
  /** Whether chance is left out. */
  readonly evaluation: boolean;
  readonly examples?: Int32Array;
  readonly maxBadShare: number;
}

/** {@link LoaderOptions} with every option filled in. */
export interface ResolvedLoaderOptions {
  readonly assembly: AssemblyOptions;
  readonly workers: number;
  readonly queueSize: number;
  readonly workerFile?: string | URL;
}

/** The rules of what decides how a loader works, but not what it gives. */
export const loaderRules = {
  workers: withDefault(integer({ min: 0, limit: 256 }, 'Use 0 to decode in the main thread.'), 0),
  queueSize: integer({ min: 1, limit: 1024 }, 'The number of batches prepared ahead.'),
  maxBadShare: withDefault(
    inInterval(
      '[0, 1]',
      'The share of a part, or of the files on servers, that may be unreadable before a run stops; write one per cent as 0.01.',
    ),
    defaultMaxBadShare,
  ),
} as const;

/** A tokenizer as plain JSON: bert-base-uncased, the mapping that `trimVocabulary` gives, or CLIP's table of byte pairs. */
export type TokenizerSpec = 'bert' | VocabularyMapping | BytePairs;

/** How captions become token ids. */
export interface TextOptions {
  /** Token ids an example; longer captions are cut. The reference takes 64 for captions, 256 for text alone. */
  readonly maxLength: number;
  /** Which ids. Default `'bert'`: the 30,522 pieces of bert-base-uncased. */
  readonly tokenizer?: TokenizerSpec;
}

/** The rule of {@link TextOptions.maxLength}. */
export const maxLengthRule = integer(
  { min: 1, limit: 8192 },
  'The number of word pieces kept of a caption, e.g. 64.',
);

/** The rule of {@link TextOptions}. */
const textRule = record({
  maxLength: maxLengthRule,
  tokenizer: checkedBy((spec: TokenizerSpec | undefined) => {
    try {
      createTokenizerOf(spec ?? 'bert');
    } catch (error) {
      throw invalidField('', '"bert", a vocabulary mapping or byte pairs', spec, messageOf(error));
    }
    return spec;
  }),
});

/** Makes the tokenizer of a spec. */
export function createTokenizerOf(spec: TokenizerSpec): Tokenizer {
  if (spec === 'bert') return createTokenizer();
  return typeof spec === 'object' && 'merges' in spec
    ? createClipTokenizer(spec)
    : tokenizerFromMapping(spec);
}

const optionsRule = record({
  image: optional(imageRule),
  text: optional(textRule),
  key: matching<RngKey>(
    'a key of @m3ae/random',
    (key) => Array.isArray(key) && key.length === 2,
    'Pass key(seed).',
    [0, 0],
  ),
  ...loaderRules,
  queueSize: optional(loaderRules.queueSize),
  evaluation: withDefault(flag('Leave it out for false.'), false),
  examples: optional(
    matching(
      'an Int32Array of at least one index',
      (value) => value instanceof Int32Array && value.length > 0,
      'Leave it out for the whole dataset.',
      Int32Array.of(0),
    ),
  ),
  workerFile: anything,
});

/** Fills in the defaults; refuses options that are unknown or out of range. */
export function resolveLoaderOptions(options: LoaderOptions): ResolvedLoaderOptions {
  const { image, evaluation, workers, queueSize, ...given } = checkOptions(optionsRule, options);
  const { text, key, examples, maxBadShare } = given;
  return {
    assembly: {
      image: image && evaluation ? { ...image, crop: { kind: 'center' }, flip: 0 } : image,
      text,
      key,
      evaluation,
      examples,
      maxBadShare,
    },
    workers,
    queueSize: queueSize ?? Math.max(2, 2 * workers),
    workerFile: options.workerFile,
  };
}
