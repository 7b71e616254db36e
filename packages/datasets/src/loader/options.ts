import { channelStatistics } from '@m3ae/preprocess';
import type { RngKey } from '@m3ae/random';
import { createFaultList, type FaultList } from '../check.js';
import { refuseTextFaults, type TextOptions } from './text.js';

/** Which part of a picture is used. */
export type CropOptions =
  /** torchvision's RandomResizedCrop: `area` is a share of the picture, `aspect` width over height. */
  | {
      readonly kind: 'randomResized';
      readonly area?: readonly [number, number];
      readonly aspect?: readonly [number, number];
    }
  /** A square whose side is drawn uniformly from `min` to `max` source pixels; no larger than the picture. */
  | { readonly kind: 'square'; readonly min: number; readonly max: number }
  /** No chance: shorter side resized to `size`, then the centre. */
  | { readonly kind: 'center' };

/** How pictures become patches. */
export interface ImageOptions {
  /** Side of the result in pixels. */
  readonly size: number;
  /** Side of a patch in pixels; divides `size`. */
  readonly patchSize: number;
  /** Default `{ kind: 'randomResized', area: [0.2, 1], aspect: [3/4, 4/3] }`, as the reference pre-trains. */
  readonly crop?: CropOptions;
  /** Probability of mirroring left and right. Default 0.5. */
  readonly flip?: number;
  /** Mean of each channel, for values in [0, 1]. Default: the reference's for CC12M. */
  readonly mean?: readonly number[];
  /** Standard deviation of each channel. Default: the reference's for CC12M. */
  readonly std?: readonly number[];
}

/** What a loader makes of its dataset. */
export interface LoaderOptions {
  /** How pictures become patches; leave out to read no pictures. */
  readonly image?: ImageOptions;
  /** How captions become token ids; leave out to read no captions. */
  readonly text?: TextOptions;
  /** All chance is drawn from it: example `position` of step `step` uses `foldIn(foldIn(key, step), position)`. */
  readonly key: RngKey;
  /** Whether to leave chance out: centre crop, no mirroring, captions as they are stored. Default false. */
  readonly evaluation?: boolean;
  /** Worker threads; 0 works in the calling thread. Default 0. */
  readonly workers?: number;
  /** Batches worked on or waiting at a time. Default 2, or twice the workers if that is more. */
  readonly queueSize?: number;
  /** Share of the dataset that may fail to decode before the loader stops. Default 0.05. */
  readonly maxBadShare?: number;
  /** The worker's script, for bundlers that move files. Default: the one in this package. */
  readonly workerFile?: string | URL;
}

/** {@link ImageOptions} with every option filled in. */
export type ResolvedImageOptions = Required<ImageOptions>;

/** What a worker needs to know: plain data. */
export interface AssemblyOptions {
  readonly image?: ResolvedImageOptions;
  readonly text?: TextOptions;
  readonly key: RngKey;
  /** Whether chance is left out. */
  readonly evaluation: boolean;
  readonly maxBadShare: number;
}

/** {@link LoaderOptions} with every option filled in. */
export interface ResolvedLoaderOptions {
  readonly assembly: AssemblyOptions;
  readonly workers: number;
  readonly queueSize: number;
  readonly workerFile?: string | URL;
}

const names = ['image', 'text', 'key', 'evaluation', 'workers', 'queueSize', 'maxBadShare', 'workerFile'];
const imageNames = ['size', 'patchSize', 'crop', 'flip', 'mean', 'std'];

/**
 * Fills in the defaults.
 *
 * @throws RangeError listing every option that is unknown or out of range.
 */
export function resolveLoaderOptions(options: LoaderOptions): ResolvedLoaderOptions {
  const { text, key, evaluation = false, workers = 0, maxBadShare = 0.05, workerFile } = options;
  const queueSize = options.queueSize ?? Math.max(2, 2 * workers);
  const faults = createFaultList();
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
  const queue = Number.isInteger(queueSize) && queueSize >= 1;
  faults.require(
    queue,
    'queueSize',
    'a positive integer',
    queueSize,
    'Leave it out for two batches a worker.',
  );
  const share = maxBadShare >= 0 && maxBadShare <= 1;
  faults.require(share, 'maxBadShare', 'in [0, 1]', maxBadShare, 'Write five per cent as 0.05.');
  faults.throwIfAny();
  return { assembly: { image, text, key, evaluation, maxBadShare }, workers, queueSize, workerFile };
}

function resolveImage(image: ImageOptions, evaluation: boolean): ResolvedImageOptions {
  const { cc12m } = channelStatistics;
  return {
    size: image.size,
    patchSize: image.patchSize,
    crop: evaluation ? { kind: 'center' } : (image.crop ?? { kind: 'randomResized' }),
    flip: evaluation ? 0 : (image.flip ?? 0.5),
    mean: image.mean ?? cc12m.mean,
    std: image.std ?? cc12m.std,
  };
}

function refuseImageFaults(faults: FaultList, given: ImageOptions, image: ResolvedImageOptions): void {
  const { size, patchSize, flip, mean, std } = image;
  faults.refuseUnknown('image', given, imageNames);
  const isSize = Number.isInteger(size) && size >= 1;
  faults.require(isSize, 'image.size', 'a positive integer', size, 'Pass the side in pixels, e.g. 256.');
  faults.require(
    Number.isInteger(patchSize) && patchSize >= 1 && size % patchSize === 0,
    'image.patchSize',
    `a divisor of image.size, ${size}`,
    patchSize,
    'For a size of 256 take 16; for 48 take 8.',
  );
  faults.require(
    flip >= 0 && flip <= 1,
    'image.flip',
    'a probability in [0, 1]',
    flip,
    'Write one half as 0.5.',
  );
  const isMean = mean.length === 3 && mean.every(Number.isFinite);
  faults.require(
    isMean,
    'image.mean',
    'three numbers',
    mean,
    'One for each of red, green and blue, in [0, 1].',
  );
  const isStd = std.length === 3 && std.every((value) => value > 0 && Number.isFinite(value));
  faults.require(isStd, 'image.std', 'three numbers above 0', std, 'One for each of red, green and blue.');
  refuseCropFaults(faults, given.crop ?? image.crop);
}

function refuseCropFaults(faults: FaultList, crop: CropOptions): void {
  const { kind } = crop;
  const known = {
    randomResized: ['kind', 'area', 'aspect'],
    square: ['kind', 'min', 'max'],
    center: ['kind'],
  }[kind];
  const rule = '"randomResized", "square" or "center"';
  faults.require(known !== undefined, 'image.crop.kind', rule, kind, 'Leave crop out for randomResized.');
  if (known) faults.refuseUnknown('image.crop', crop, known);
  if (crop.kind === 'square') {
    const { min, max } = crop;
    const whole = Number.isInteger(min) && Number.isInteger(max) && min >= 1 && min <= max;
    const pair = [min, max];
    faults.require(
      whole,
      'image.crop',
      'whole pixels with 1 <= min <= max',
      pair,
      'For sources of 64 px: min 40, max 64.',
    );
  }
  if (crop.kind !== 'randomResized') return;
  const { area = [0.2, 1], aspect = [3 / 4, 4 / 3] } = crop;
  const isArea = area[0] > 0 && area[0] <= area[1] && area[1] <= 1;
  faults.require(
    isArea,
    'image.crop.area',
    'two rising shares in (0, 1]',
    area,
    'Write a fifth to all as [0.2, 1].',
  );
  const isAspect = aspect[0] > 0 && aspect[0] <= aspect[1];
  faults.require(
    isAspect,
    'image.crop.aspect',
    'two rising numbers above 0',
    aspect,
    'For example [3 / 4, 4 / 3].',
  );
}
