import { foldIn, normal, type RngKey, uniform } from '@m3ae/random';
import { invalidField, isInInterval, requireRecord } from '@m3ae/errors';
import { checkOptions, inInterval, number, record, type RulesOf, withDefault } from '@m3ae/errors/rules';
import type { CropBox, Size } from '../image.js';

/** How the pictures of one batch are mixed, each with one partner. */
export type Mixing =
  | { readonly kind: 'none' }
  /** Pixels and labels are `weight` · own + (1 - weight) · partner's. */
  | { readonly kind: 'mixup'; readonly weight: number }
  /** The pixels of `box` are the partner's; `weight` is the share of the area that stays. */
  | { readonly kind: 'cutmix'; readonly weight: number; readonly box: CropBox };

/** What {@link drawMixing} draws from. */
export interface MixingOptions {
  /** Mixup's weight comes from Beta(mixup, mixup); 0 leaves mixup out. Default 0; the reference has 0.8. */
  readonly mixup?: number;
  /** CutMix's area comes from Beta(cutmix, cutmix); 0 leaves CutMix out. Default 0; the reference has 1. */
  readonly cutmix?: number;
  /** Where both are above 0: the chance of CutMix, in [0, 1]. Default 0.5, as in the reference. */
  readonly switchProbability?: number;
}

const alpha = withDefault(number({ min: 0, limit: 1000 }, 'Use 0 to leave it out.'), 0);

/** The rules of {@link MixingOptions}. */
export const mixingRules = {
  mixup: alpha,
  cutmix: alpha,
  switchProbability: withDefault(inInterval('[0, 1]', 'Write one half as 0.5.'), 0.5),
} as const satisfies RulesOf<MixingOptions>;

/**
 * Draws how to mix one batch: which way, how much, and where.
 *
 * CutMix's box has the sides of the picture times √(1 - λ), cut down to whole pixels, its center anywhere; what lies outside is cut off,
 * and the label weight follows from the area that is left.
 *
 * @param key - Random key of the batch: fold the step in, so that each step is mixed anew.
 * @param size - Size of the pictures, in pixels.
 * @throws RangeError naming the option that is out of range.
 *
 * @example
 * ```ts
 * drawMixing(foldIn(key(0), step), { width: 48, height: 48 }, { mixup: 0.8, cutmix: 1, switchProbability: 0.5 });
 * ```
 *
 * @see Zhang et al., mixup, https://arxiv.org/abs/1710.09412; Yun et al., CutMix, https://arxiv.org/abs/1905.04899
 */
export function drawMixing(key: RngKey, size: Size, options: MixingOptions): Mixing {
  requireRecord('size', size, 'width, height', 'Give the size of the pictures in pixels.');
  const { mixup, cutmix, switchProbability } = checkOptions(record(mixingRules), options);
  if (mixup === 0 && cutmix === 0) return { kind: 'none' };
  const cuts = mixup === 0 || (cutmix > 0 && uniform(foldIn(key, 0), 1)[0]! < switchProbability);
  if (!cuts) return { kind: 'mixup', weight: symmetricBeta(foldIn(key, 1), mixup) };
  return drawCut(foldIn(key, 2), size, cutmix);
}

function drawCut(key: RngKey, { width, height }: Size, alpha: number): Mixing {
  const side = Math.sqrt(1 - symmetricBeta(foldIn(key, 0), alpha));
  const [x, y] = uniform(foldIn(key, 1), 2);
  const [left, right] = stretch(Math.floor(x! * width), Math.floor(width * side), width);
  const [top, bottom] = stretch(Math.floor(y! * height), Math.floor(height * side), height);
  const box = { left, top, width: right - left, height: bottom - top };
  return { kind: 'cutmix', box, weight: 1 - (box.width * box.height) / (width * height) };
}

/** A stretch of a length around a center, cut off at the edges. */
function stretch(center: number, length: number, limit: number): [start: number, end: number] {
  const start = center - Math.floor(length / 2);
  return [Math.max(0, start), Math.min(limit, start + length)];
}

/** Tries in one draw of random numbers; the chance that none is taken is below 1e-20. */
const tries = 16;

/**
 * Draws from the Beta(alpha, alpha) distribution: near 0 and 1 for a small alpha, even for 1, near one half for a large one.
 *
 * @param key - Random key; the same key always gives the same number.
 * @param alpha - Above 0.
 * @returns A number in [0, 1].
 * @throws RangeError if `alpha` is not above 0.
 *
 * @see Marsaglia and Tsang, A Simple Method for Generating Gamma Variables, for the two gamma numbers it is the share of
 */
export function symmetricBeta(key: RngKey, alpha: number): number {
  if (!isInInterval(alpha, '(0, Infinity)')) {
    throw invalidField('alpha', 'a number above 0', alpha, 'Use 1 for an even distribution.');
  }
  // In logarithms: for a small alpha both gamma numbers can be below the smallest double.
  const difference = logGamma(foldIn(key, 1), alpha) - logGamma(foldIn(key, 0), alpha);
  return 1 / (1 + Math.exp(difference));
}

/** Logarithm of a Gamma(alpha, 1) number. */
function logGamma(key: RngKey, alpha: number): number {
  if (alpha < 1) {
    // Gamma(alpha) = Gamma(alpha + 1) · u^(1 / alpha); u in (0, 1].
    const [u] = uniform(foldIn(key, 1), 1);
    return logGamma(foldIn(key, 0), alpha + 1) + Math.log(1 - u!) / alpha;
  }
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  const normals = normal(foldIn(key, 0), tries);
  const uniforms = uniform(foldIn(key, 1), tries);
  for (let at = 0; at < tries; at++) {
    const x = normals[at]!;
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const logU = Math.log(1 - uniforms[at]!);
    if (logU < 0.5 * x * x + d * (1 - v + Math.log(v))) return Math.log(d * v);
  }
  return Math.log(d); // never in practice
}
