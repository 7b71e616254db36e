import { arrayIn, type PickleValue, tensorOfArray } from '../src/index.js';

/** A pickled value as JSON has it; arrays as shape and values, stubs of frozen dicts as their dict. */
export function plain(value: PickleValue): unknown {
  const array = arrayIn(value, 'array');
  if (array) {
    const { shape, data, dtype } = tensorOfArray(array, 'array');
    const toNumber = dtype === 'F16' ? half : dtype === 'BF16' ? brain : Number;
    return { shape: [...shape], values: Array.from(data as Iterable<number>, toNumber) };
  }
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]));
  if (typeof value !== 'object' || value === null) return value;
  if ('type' in value && value.type === 'stub') return plain(value.args[0]!);
  throw new Error(`no plain form of ${JSON.stringify(value)}`);
}

const brain = (bits: number) => new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!;

// The three values of the fixture by their bits, so that nothing here shares a decoder with the code under test.
const half = (bits: number) => ({ 0x3800: 0.5, 0xc000: -2, 0x7bff: 65504 })[bits];
