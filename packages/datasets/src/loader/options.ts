import {
  anything,
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
import { type ImageOptions, imageRule, type ResolvedImageOptions } from './image-options.js';
import { type TextOptions, textRule } from './text.js';

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

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
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
