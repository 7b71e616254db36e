// Small damage to bytes, by chance that a seed decides: what a fuzzer feeds to readers of files.

/** Numbers in [0, 1) from a seed: Mulberry32, public domain. */
export function chanceOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that readers stumble over: ends of ranges, quotes, brackets, instructions of pickles. */
const interesting = [
  0, 1, 0x7f, 0x80, 0xff, 0x22, 0x28, 0x29, 0x2e, 0x5b, 0x5d, 0x7b, 0x7d, 0x52, 0x62, 0x68, 0x71, 0x85, 0x93,
  0x95,
];

/**
 * A damaged copy of some bytes.
 *
 * @param {Uint8Array} bytes
 * @param {() => number} chance
 * @param {Uint8Array} other Another file, of which a piece may be put in.
 */
export function mutate(bytes, chance, other) {
  let copy = Uint8Array.from(bytes);
  const below = (count) => Math.floor(chance() * count);
  const place = () => below(chance() < 0.5 ? Math.min(copy.length, 600) : copy.length); // headers matter most
  for (let count = 1 + below(6); count > 0 && copy.length > 0; count--) {
    const at = place();
    const kind = below(7);
    if (kind === 0) copy[at] ^= 1 << below(8);
    else if (kind === 1) copy[at] = interesting[below(interesting.length)];
    else if (kind === 2) copy = copy.slice(0, at);
    else if (kind === 3) copy.copyWithin(at, place(), at + below(64));
    else if (kind === 4) copy.set(wordOf(below(2 ** 32)).subarray(0, copy.length - at), at);
    else if (kind === 5)
      copy = joined(copy.subarray(0, at), copy.subarray(at, at + below(64)), copy.subarray(at));
    else
      copy = joined(
        copy.subarray(0, at),
        other.subarray(below(other.length), below(other.length) + 32),
        copy.subarray(at),
      );
  }
  return copy;
}

const oddValues = [
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  -0,
  2 ** 53,
  '',
  'x',
  '9'.repeat(400),
  [],
  {},
  [[]],
  { kind: 'x' },
];

/**
 * A damaged copy of a JSON value: items replaced, taken out, doubled or renamed at any depth.
 *
 * @param {unknown} value
 * @param {() => number} chance
 */
export function mutateValue(value, chance) {
  const below = (count) => Math.floor(chance() * count);
  const isContainer = typeof value === 'object' && value !== null;
  if (!isContainer || Object.keys(value).length === 0 || chance() < 0.1)
    return oddValues[below(oddValues.length)];
  const copy = Array.isArray(value) ? [...value] : { ...value };
  const keys = Object.keys(copy);
  const key = keys[below(keys.length)];
  const kind = below(8);
  if (kind === 0) delete copy[key];
  else if (kind === 1) copy[`${key}x`] = copy[key];
  else if (kind === 2) copy[key] = copy[keys[below(keys.length)]];
  else copy[key] = mutateValue(copy[key], chance);
  return copy;
}

const wordOf = (number) => new Uint8Array(Uint32Array.of(number).buffer);

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}
