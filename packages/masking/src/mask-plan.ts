import { faultOf, type MaybeFault, requireList, requireRecord, throwFaults } from '@m3ae/errors';
import { examine, integer, record } from '@m3ae/errors/rules';
import { keepLength, sizeRules } from './keep-length.js';

/** One array of a plan with its shape; the `NdArray` of `@m3ae/tree`. */
export interface PlanArray {
  readonly shape: readonly number[];
  readonly data: Int32Array | Float32Array;
}

/**
 * A plan from which places were left out, so that tokens cannot be put back by it; see {@link leaveOutPadding}.
 *
 * @typeParam Leaf - Plain arrays on the host, tensors within a computation.
 */
export interface TrimmedMaskPlan<Leaf = PlanArray> {
  /** Positions of the visible tokens, int32: [rows, keep]. */
  readonly idsKeep: Leaf;
  /** Positions of the hidden tokens, int32: [rows, hidden]. */
  readonly idsHidden: Leaf;
  /** 1 where the token is hidden, 0 where it is visible, float32: [rows, length]. */
  readonly mask: Leaf;
}

/**
 * Which tokens the encoder sees, and how the decoder puts them back. Plain data, row-major.
 *
 * `rows` is 1 when one mask is shared by the whole batch (the reference), or the batch size when each example has
 * its own. Every row hides the same number of tokens, length - keep. Ids are in ascending-noise order.
 *
 * @typeParam Leaf - Plain arrays on the host, tensors within a computation; {@link planTensors} turns one into the other.
 */
export interface MaskPlan<Leaf = PlanArray> extends TrimmedMaskPlan<Leaf> {
  /** Inverse of the shuffle: token i sits at shuffled place idsRestore[i], int32: [rows, length]. */
  readonly idsRestore: Leaf;
}

/** The arrays that every plan holds. */
const parts = ['idsKeep', 'idsHidden', 'mask'] as const;

/**
 * Refuses what is no plan.
 *
 * @param isLeaf - Whether a part is an array, or a tensor.
 * @param leaf - What each part must be, for the message.
 */
export function requirePlan(
  plan: unknown,
  isLeaf: (part: unknown) => boolean,
  leaf: string,
  remedy: string,
): void {
  requireRecord('plan', plan, 'idsKeep, idsHidden, idsRestore, mask', remedy);
  const given = plan as TrimmedMaskPlan<unknown> & Partial<MaskPlan<unknown>>;
  throwFaults(
    ['idsRestore' in given ? 'idsRestore' : 'mask', ...parts].map(
      (part) =>
        !isLeaf(given[part as keyof typeof given]) &&
        faultOf(`plan.${part}`, leaf, given[part as keyof typeof given], remedy),
    ),
  );
}

/** Refuses what is no plan of arrays. */
export function requireArrays(plan: unknown): void {
  const isArray = (part: unknown) => {
    const { shape, data }: Partial<PlanArray> = part ?? {};
    return Array.isArray(shape) && shape.length === 2 && ArrayBuffer.isView(data);
  };
  requirePlan(plan, isArray, 'an array [rows, places]', 'Take it from randomMask or another strategy.');
}

/** How many masks there are. */
export const rowsRule = integer({ min: 1 }, 'Pass 1 to share the mask, or the batch size.');

const noiseRule = record({ ...sizeRules, rows: rowsRule });

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
 * planFromNoise(Float32Array.of(0.7, 0.1, 0.5, 0.3), 1, 4, 0.5).mask.data; // [1, 0, 1, 0]
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
  requireList('noise', noise, 'Draw one number a token.');
  const { faults } = examine(noiseRule, { rows, length, maskRatio });
  throwFaults([...faults, ...noiseFaults(noise, rows, length)]);
  return planFromOrder(noise, rows, length, keepLength(length, maskRatio));
}

function noiseFaults(noise: ArrayLike<number>, rows: number, length: number): MaybeFault[] {
  const hole = Array.prototype.findIndex.call(noise, (value: number) => Number.isNaN(value));
  return [
    noise.length !== rows * length &&
      faultOf(
        'noise',
        `of ${rows} * ${length} numbers`,
        `${noise.length} of them`,
        'Draw one number a token.',
      ),
    hole >= 0 && faultOf('noise', 'free of NaN', `NaN at place ${hole}`, 'NaN has no place in an order.'),
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
  return {
    idsKeep: { shape: [rows, keep], data: idsKeep },
    idsHidden: { shape: [rows, hidden], data: idsHidden },
    idsRestore: { shape: [rows, length], data: idsRestore },
    mask: { shape: [rows, length], data: mask },
  };
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
