import { faultOf } from '@m3ae/errors';
import {
  inInterval,
  integer,
  kinds,
  matching,
  optionalRecord,
  record,
  refined,
  withDefault,
} from '@m3ae/errors/rules';
import { channelStatistics } from '@m3ae/preprocess';
import { kindRule } from '../spec-rules.js';

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

const risingPair = (rule: string, most: number, remedy: string, usual: readonly [number, number]) =>
  withDefault(
    matching<readonly [number, number]>(
      rule,
      (pair) =>
        Array.isArray(pair) && pair.length === 2 && pair[0] > 0 && pair[0] <= pair[1] && pair[1] <= most,
      remedy,
      usual,
    ),
    usual,
  );

const side = (example: number) => integer({ min: 1, limit: 100_000 }, `For sources of 64 px use ${example}.`);

/** The rule of {@link CropOptions}. */
export const cropRule = kinds(
  'kind',
  {
    randomResized: record({
      kind: kindRule('randomResized'),
      area: risingPair('two rising shares in (0, 1]', 1, 'Write a fifth to all as [0.2, 1].', [0.2, 1]),
      aspect: risingPair(
        'two rising numbers above 0, width over height',
        Infinity,
        'For example [3 / 4, 4 / 3].',
        [3 / 4, 4 / 3],
      ),
    }),
    square: refined(
      record({ kind: kindRule('square'), min: side(40), max: side(64) }),
      ['min', 'max'],
      ({ min, max }) => [min > max && faultOf('min', `at most max = ${max}`, min, 'Exchange the two.')],
    ),
    center: record({ kind: kindRule('center') }),
  },
  {
    rule: '{ kind: "randomResized" }, { kind: "square", min, max } or { kind: "center" }',
    remedy: 'Use { kind: "randomResized", area: [0.2, 1] } as the paper does.',
    usual: 'randomResized',
  },
);

const threeNumbers = (
  rule: string,
  fits: (value: number) => boolean,
  remedy: string,
  usual: readonly number[],
) =>
  withDefault(
    matching<readonly number[]>(
      rule,
      (list) =>
        Array.isArray(list) && list.length === 3 && list.every((each) => Number.isFinite(each) && fits(each)),
      remedy,
      usual,
    ),
    usual,
  );

const { cc12m } = channelStatistics;

/** The rule of {@link ImageOptions}. */
export const imageRule = refined(
  record({
    size: integer({ min: 1 }, 'Pass the side in pixels, e.g. 256.'),
    patchSize: integer({ min: 1 }, 'For a size of 256 take 16; for 48 take 8.'),
    crop: optionalRecord(cropRule),
    flip: withDefault(inInterval('[0, 1]', 'Write one half as 0.5.'), 0.5),
    mean: threeNumbers(
      'three numbers',
      () => true,
      'One for each of red, green and blue, in [0, 1].',
      cc12m.mean,
    ),
    std: threeNumbers(
      'three numbers above 0',
      (std) => std > 0,
      'One for each of red, green and blue.',
      cc12m.std,
    ),
  }),
  ['size', 'patchSize'],
  ({ size, patchSize }) => [
    size % patchSize !== 0 &&
      faultOf(
        'patchSize',
        `a divisor of image.size, ${size}`,
        patchSize,
        'For a size of 256 take 16; for 48 take 8.',
      ),
  ],
);
