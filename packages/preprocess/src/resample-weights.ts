/** Bits after the binary point of a weight: 32 less 8 for the pixel and 2 for head room, as in Pillow. */
export const weightBits = 22;

/** For each output position: which inputs it reads, and with what weight. */
export interface ResampleWeights {
  /** First input position: [outSize]. */
  readonly first: Int32Array;
  /** Number of input positions: [outSize]. */
  readonly count: Int32Array;
  /** Places for weights per output position. */
  readonly stride: number;
  /** Weights times 2 ** weightBits, zero beyond `count`: [outSize, stride]. */
  readonly weights: Int32Array;
}

/** Keys's cubic with a = -0.5, which Pillow calls BICUBIC; zero from 2 on. */
function cubic(distance: number): number {
  const x = distance < 0 ? -distance : distance;
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * -0.5;
  return 0;
}

const cubicSupport = 2;

/**
 * Weights of one axis of an antialiased bicubic resize.
 *
 * When shrinking, the filter is widened by the scale, so that every input counts. The rounding
 * (box in float32, positions in double, weights to 22 bits away from zero) is Pillow's, step by step.
 *
 * @param inSize - Inputs along the axis.
 * @param from - Left edge of the box, in inputs.
 * @param to - Right edge of the box, in inputs.
 * @param outSize - Outputs along the axis.
 *
 * @see https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c, precompute_coeffs
 */
export function resampleWeights(inSize: number, from: number, to: number, outSize: number): ResampleWeights {
  const start = Math.fround(from);
  const scale = Math.fround(Math.fround(to) - start) / outSize;
  const filterScale = Math.max(scale, 1);
  const support = cubicSupport * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const inverse = 1 / filterScale;
  const first = new Int32Array(outSize);
  const count = new Int32Array(outSize);
  const weights = new Int32Array(outSize * stride);
  const exact = new Float64Array(stride);
  const unit = 1 << weightBits;
  for (let out = 0; out < outSize; out++) {
    const center = start + (out + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(center - support + 0.5));
    const length = Math.min(inSize, Math.trunc(center + support + 0.5)) - begin;
    let total = 0;
    for (let i = 0; i < length; i++) {
      const weight = cubic((i + begin - center + 0.5) * inverse);
      exact[i] = weight;
      total += weight;
    }
    const place = out * stride;
    for (let i = 0; i < length; i++) {
      const share = total === 0 ? exact[i]! : exact[i]! / total;
      // The assignment to an Int32Array drops the fraction, as C's cast does.
      weights[place + i] = share < 0 ? share * unit - 0.5 : share * unit + 0.5;
    }
    first[out] = begin;
    count[out] = length;
  }
  return { first, count, stride, weights };
}
