import { collectFaults } from '@m3ae/errors';
import type { RngKey } from '@m3ae/random';
import {
  type ImageOptions,
  refuseImageFaults,
  resolveImage,
  type ResolvedImageOptions,
} from './image-options.js';
import { refuseTextFaults, type TextOptions } from './text.js';
import { requireMaxBadShare } from '../spec-checks.js';

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
   * Default {@link defaultMaxBadShare}.
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

const names = [
  'image',
  'text',
  'key',
  'evaluation',
  'examples',
  'workers',
  'queueSize',
  'maxBadShare',
  'workerFile',
];

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveLoaderOptions(options: LoaderOptions): ResolvedLoaderOptions {
  const { text, key, evaluation = false, examples, workers = 0, workerFile } = options;
  const { maxBadShare = defaultMaxBadShare } = options;
  const queueSize = options.queueSize ?? Math.max(2, 2 * workers);
  const faults = collectFaults();
  faults.refuseUnknown('', options, names);
  const image = options.image && resolveImage(options.image, evaluation);
  if (image) refuseImageFaults(faults, options.image!, image);
  if (text) refuseTextFaults(faults, text);
  const isKey = Array.isArray(key) && key.length === 2;
  faults.require(isKey, 'key', 'a key of @m3ae/random', key, 'Pass key(seed).');
  const threads = Number.isInteger(workers) && workers >= 0 && workers <= 256;
  faults.require(
    threads,
    'workers',
    'an integer from 0 to 256',
    workers,
    'Pass 0 to work in the calling thread.',
  );
  faults.require(
    examples === undefined || (examples instanceof Int32Array && examples.length > 0),
    'examples',
    'an Int32Array of at least one index',
    examples,
    'Leave it out for the whole dataset.',
  );
  const queue = Number.isInteger(queueSize) && queueSize >= 1;
  faults.require(
    queue,
    'queueSize',
    'a positive integer',
    queueSize,
    'Leave it out for two batches a worker.',
  );
  requireMaxBadShare(faults, maxBadShare);
  faults.throwIfAny();
  return {
    assembly: { image, text, key, evaluation, examples, maxBadShare },
    workers,
    queueSize,
    workerFile,
  };
}
