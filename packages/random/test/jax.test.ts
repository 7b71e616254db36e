import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  bernoulli,
  bits,
  foldIn,
  key,
  normal,
  permutation,
  randomInteger,
  split,
  truncatedNormal,
  uniform,
} from '../src/index.js';

// Oracle: JAX itself; fixtures/make.py wrote the file.
interface Case {
  seed: number;
  key: number[];
  split: Record<string, number[]>;
  foldIn: Record<string, number[]>;
  chain: number[];
  bits: Record<string, number[]>;
  uniform: Record<string, number[]>;
  normal: Record<string, number[]>;
  truncatedNormal: number[];
  permutation: Record<string, number[]>;
  bernoulli: Record<string, number[]>;
  integer: [number, number, number[]][];
}
interface Fixture {
  cases: Case[];
  far: { seed: number; count: number; at: number[]; normal: number[] };
  permutation: { seed: number; length: number; head: number[]; checksum: number };
}
const fixture = JSON.parse(readFileSync(new URL('./fixtures/jax.json', import.meta.url), 'utf8')) as Fixture;

/** Elements of a shape written as in the golden files: '2x5' is 10. */
const sizeOf = (shape: string) => shape.split('x').reduce((product, length) => product * Number(length), 1);

function largestDifference(actual: ArrayLike<number>, expected: number[]): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce((largest, value, i) => Math.max(largest, Math.abs(value - actual[i]!)), 0);
}

describe.each(fixture.cases)('seed $seed', (expected) => {
  const root = key(expected.seed);

  test('key', () => expect([...root]).toEqual(expected.key));

  test('key of a bigint', () => expect([...key(BigInt(expected.seed))]).toEqual(expected.key));

  test.each(Object.entries(expected.split))('split %s', (count, words) =>
    expect(split(root, Number(count)).flat()).toEqual(words),
  );

  test.each(Object.entries(expected.foldIn))('foldIn %s', (data, words) =>
    expect(foldIn(root, Number(data))).toEqual(words),
  );

  test('foldIn of split of foldIn', () =>
    expect(foldIn(split(foldIn(root, 3), 4)[2]!, 9)).toEqual(expected.chain));

  test('bits of every count', () => {
    for (const [count, words] of Object.entries(expected.bits)) {
      expect([...bits(root, Number(count))]).toEqual(words);
    }
  });

  test.each(Object.entries(expected.uniform))('uniform %s', (shape, numbers) =>
    expect([...uniform(root, sizeOf(shape))]).toEqual(numbers),
  );

  test.each(Object.entries(expected.normal))('normal %s', (shape, numbers) =>
    expect(largestDifference(normal(root, sizeOf(shape)), numbers)).toBeLessThan(1e-6),
  );

  test('truncatedNormal', () =>
    expect(largestDifference(truncatedNormal(root, 500), expected.truncatedNormal)).toBeLessThan(1e-6));

  test.each(Object.entries(expected.permutation))('permutation %s', (length, order) =>
    expect([...permutation(root, Number(length))]).toEqual(order),
  );

  test.each(Object.entries(expected.bernoulli))('bernoulli %s', (probability, answers) =>
    expect([...bernoulli(root, answers.length, Number(probability))]).toEqual(answers),
  );

  test.each(expected.integer)('randomInteger in [%d, %d)', (min, maxExclusive, numbers) =>
    expect([...randomInteger(root, numbers.length, min, maxExclusive)]).toEqual(numbers),
  );
});

test('normal agrees in the far tails, beyond 4.6 deviations', () => {
  const { seed, count, at, normal: numbers } = fixture.far;
  const drawn = normal(key(seed), count);
  expect(at.length).toBeGreaterThan(5);
  expect(drawn.reduce((far, value) => far + (Math.abs(value) > 4.6 ? 1 : 0), 0)).toBe(at.length);
  expect(
    largestDifference(
      at.map((i) => drawn[i]!),
      numbers,
    ),
  ).toBeLessThan(1e-5);
});

test('a permutation that needs two rounds', () => {
  const { seed, length, head, checksum } = fixture.permutation;
  const order = permutation(key(seed), length);
  expect(Array.from(order.subarray(0, head.length))).toEqual(head);
  expect(order.reduce((sum, item, i) => sum + item * (i + 1), 0)).toBe(checksum);
});
