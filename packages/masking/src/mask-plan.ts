import { fault, positiveInteger, throwFaults } from './errors.js';
import { keepLength, maskSizeFaults } from './keep-length.js';

/**
 * Which tokens the encoder sees, and how the decoder puts them back. Plain data, row-major.
 *
 * `rows` is 1 when one mask is shared by the whole batch (the reference), or the batch size when each example has
 * its own. Every row hides the same number of tokens.
 */
export interface MaskPlan {
  /** 1, or the batch size. */
  readonly rows: number;
  /** Tokens in the sequence, without the CLS token. */
  readonly length: number;
  /** Visible tokens of each row. */
  readonly keep: number;
  /** Positions of the visible tokens, in ascending-noise order: [rows, keep]. */
  readonly idsKeep: Int32Array;
  /** Positions of the hidden tokens, in ascending-noise order: [rows, length - keep]. */
  readonly idsHidden: Int32Array;
  /** Inverse of the shuffle: token i sits at shuffled place idsRestore[i]: [rows, length]. */
  readonly idsRestore: Int32Array;
  /** 1 where the token is hidden, 0 where it is visible: [rows, length]. */
  readonly mask: Float32Array;
}

/** One array of a plan with its shape; the `NdArray` of `@m3ae/tree`. */
export interface PlanArray<Data extends Int32Array | Float32Array = Int32Array> {
  readonly shape: readonly number[];
  readonly data: Data;
}

/** The arrays of a {@link MaskPlan} with their shapes. */
export interface PlanArrays {
  readonly [name: string]: PlanArray<Int32Array | Float32Array>;
  /** [rows, keep] */
  readonly idsKeep: PlanArray;
  /** [rows, length - keep] */
  readonly idsHidden: PlanArray;
  /** [rows, length] */
  readonly idsRestore: PlanArray;
  /** 1 where hidden: [rows, length] */
  readonly mask: PlanArray<Float32Array>;
}

/**
 * Plans a mask from given noise: the tokens with the lowest noise stay visible.
 *
 * Equal noise is ordered by position (stable sort). A ratio that hides every token is legal here, as in the reference.
 *
 * @param noise - One number a token; only their order as float32 counts: [rows, length].
 * @param rows - 1 for a mask shared by the batch, else the batch size.
 * @param length - Tokens in the sequence; a positive integer.
 * @param maskRatio - Share of tokens to hide, in [0, 1].
 * @throws RangeError if a size is not a positive integer, `maskRatio` is outside [0, 1], or `noise` has another
 * length than `rows * length` or holds NaN.
 *
 * @example
 * ```ts
 * planFromNoise(Float32Array.of(0.7, 0.1, 0.5, 0.3), 1, 4, 0.5).mask; // [1, 0, 1, 0]
 * ```
 *
 * @see He et al., Masked Autoencoders Are Scalable Vision Learners, section 3, https://arxiv.org/abs/2111.06377
 */
export function planFromNoise(
  noise: ArrayLike<number>,
  rows: number,
  length: number,
  maskRatio: number,
): MaskPlan {
  throwFaults([...maskSizeFaults(length, maskRatio), ...noiseFaults(noise, rows, length)]);
  return planFromOrder(noise, rows, length, keepLength(length, maskRatio));
}

function noiseFaults(noise: ArrayLike<number>, rows: number, length: number): (string | false)[] {
  const hole = Array.prototype.findIndex.call(noise, (value: number) => Number.isNaN(value));
  return [
    positiveInteger('rows', rows, 'Pass 1 to share the mask, or the batch size.'),
    noise.length !== rows * length &&
      fault('noise', `of ${rows} * ${length} numbers`, `${noise.length} of them`, 'Draw one number a token.'),
    hole >= 0 && fault('noise', 'free of NaN', `NaN at place ${hole}`, 'NaN has no place in an order.'),
  ];
}

/** The sign bit of a float32. */
const SIGN = 2 ** 31;

/** Sorts each row of `noise` and cuts it after `keep` places; arguments already checked. */
export function planFromOrder(
  noise: ArrayLike<number>,
  rows: number,
  length: number,
  keep: number,
): MaskPlan {
  const hidden = length - keep;
  const idsKeep = new Int32Array(rows * keep);
  const idsHidden = new Int32Array(rows * hidden);
  const idsRestore = new Int32Array(rows * length);
  const mask = new Float32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const start = row * length;
    const idsShuffle = stableArgsort(noise, start, length);
    idsKeep.set(idsShuffle.subarray(0, keep), row * keep);
    idsHidden.set(idsShuffle.subarray(keep), row * hidden);
    for (let place = 0; place < length; place++) {
      const token = start + idsShuffle[place]!;
      idsRestore[token] = place;
      mask[token] = place < keep ? 0 : 1;
    }
  }
  return { rows, length, keep, idsKeep, idsHidden, idsRestore, mask };
}

/**
 * Stable ascending argsort of `noise[start … start + length - 1]`, compared as float32.
 *
 * The float's bits, turned so that they order as integers, and the position are packed into one double below 2^53,
 * and the native sort of numbers is used: ten times as fast as a comparison function.
 */
function stableArgsort(noise: ArrayLike<number>, start: number, length: number): Int32Array {
  const floats = new Float32Array(length);
  const words = new Uint32Array(floats.buffer);
  const packed = new Float64Array(length);
  for (let token = 0; token < length; token++) {
    floats[token] = noise[start + token]! + 0; // -0 becomes 0, which it equals
    const word = words[token]!;
    const ordered = word >= SIGN ? ~word >>> 0 : word + SIGN;
    packed[token] = ordered * length + token;
  }
  return Int32Array.from(packed.sort(), (place) => place % length);
}

/**
 * The arrays of a plan with their shapes: what enters a compiled step.
 *
 * @returns `idsKeep` [rows, keep], `idsHidden` [rows, length - keep], `idsRestore` [rows, length] (int32) and
 * `mask` [rows, length] (float32, 1 = hidden). The data are not copied.
 *
 * @example
 * ```ts
 * planArrays(randomMask(key(0), { length: 256, maskRatio: 0.75, rows: 8 })).idsKeep.shape; // [8, 64]
 * ```
 */
export function planArrays(plan: MaskPlan): PlanArrays {
  const { rows, length, keep } = plan;
  return {
    idsKeep: { shape: [rows, keep], data: plan.idsKeep },
    idsHidden: { shape: [rows, length - keep], data: plan.idsHidden },
    idsRestore: { shape: [rows, length], data: plan.idsRestore },
    mask: { shape: [rows, length], data: plan.mask },
  };
}
