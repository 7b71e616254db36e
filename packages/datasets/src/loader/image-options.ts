import { collectFaults, type FaultCollector, prefixFaults } from '@m3ae/errors';
import { channelStatistics } from '@m3ae/preprocess';

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

/** {@link ImageOptions} with every option filled in. */
export type ResolvedImageOptions = Required<ImageOptions>;

const names = ['size', 'patchSize', 'crop', 'flip', 'mean', 'std'];

/** Fills in the defaults. */
export function resolveImage(image: ImageOptions, evaluation: boolean): ResolvedImageOptions {
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

/** Adds what is wrong with image options. */
export function refuseImageFaults(
  faults: FaultCollector,
  given: ImageOptions,
  image: ResolvedImageOptions,
): void {
  const { size, patchSize, flip, mean, std } = image;
  faults.refuseUnknown('image', given, names);
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
  faults.include(() => prefixFaults('image.crop', () => resolveCrop(given.crop ?? image.crop)));
}

/**
 * Fills in the defaults of a crop.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveCrop<Crop extends CropOptions>(crop: Crop): Required<Crop>;
export function resolveCrop(crop: CropOptions): CropOptions {
  const faults = collectFaults();
  const { kind } = crop;
  const known = {
    randomResized: ['kind', 'area', 'aspect'],
    square: ['kind', 'min', 'max'],
    center: ['kind'],
  }[kind];
  const rule = '"randomResized", "square" or "center"';
  faults.require(known !== undefined, 'kind', rule, kind, 'Leave crop out for randomResized.');
  if (known) faults.refuseUnknown('', crop, known);
  if (crop.kind === 'square') {
    const isSide = (side: unknown) => Number.isInteger(side) && (side as number) >= 1;
    const { min, max } = crop;
    faults.require(isSide(min), 'min', 'a positive integer', min, 'For sources of 64 px use 40.');
    if (faults.require(isSide(max), 'max', 'a positive integer', max, 'For sources of 64 px use 64.'))
      faults.require(!(min > max), 'min', `at most max = ${max}`, min, 'Exchange the two.');
  }
  if (crop.kind !== 'randomResized') {
    faults.throwIfAny();
    return crop;
  }
  const { area = [0.2, 1], aspect = [3 / 4, 4 / 3] } = crop;
  const rises = (pair: unknown, most: number) =>
    Array.isArray(pair) && pair.length === 2 && pair[0] > 0 && pair[0] <= pair[1] && pair[1] <= most;
  const remedy = 'Write a fifth to all as [0.2, 1].';
  faults.require(rises(area, 1), 'area', 'two rising shares in (0, 1]', area, remedy);
  const [ratios, example] = ['two rising numbers above 0, width over height', 'For example [3 / 4, 4 / 3].'];
  faults.require(rises(aspect, Infinity), 'aspect', ratios, aspect, example);
  faults.throwIfAny();
  return { ...crop, area, aspect };
}
