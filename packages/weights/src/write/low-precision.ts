/** Bits of float16, rounded to the nearest and half to even, as NumPy does; beyond 65504 it is infinity. */
export function toHalf(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.slice().buffer);
  return Uint16Array.from(words, (word, at) => {
    const sign = (word >>> 16) & 0x8000;
    const size = word & 0x7fffffff;
    if (size > 0x7f800000) return sign | 0x7e00;
    if (size >= 0x47800000) return sign | 0x7c00;
    if (size < 0x38800000) return sign | roundToEven(Math.abs(values[at]!) * 2 ** 24); // below 2^-14: a whole multiple of 2^-24
    const rebased = size - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  });
}

/** Bits of bfloat16, the upper half of a float32, rounded to the nearest and half to even. */
export function toBrain(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.slice().buffer);
  return Uint16Array.from(words, (word) => {
    if ((word & 0x7fffffff) > 0x7f800000) return (word >>> 16) | 0x40; // NaN stays NaN
    return (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  });
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
}
