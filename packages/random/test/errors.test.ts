import { describe, expect, test } from 'vitest';
import { bernoulli, bits, foldIn, key, permutation, randomInteger, split, uniform } from '../src/index.js';

const root = key(0);

describe('bad arguments are named, with the remedy', () => {
  test.each<[string, () => unknown, string]>([
    ['seed', () => key(0.5), 'seed must be an integer; received 0.5. Pass a whole number such as 42.'],
    ['NaN seed', () => key(Number.NaN), 'seed must be an integer; received NaN.'],
    ['data', () => foldIn(root, -1), 'data must be an integer in [0, 2^32); received -1. Fold in a step'],
    ['large data', () => foldIn(root, 2 ** 32), 'data must be an integer in [0, 2^32); received 4294967296.'],
    ['children', () => split(root, 1.5), 'count must be an integer in [0, 2^32); received 1.5.'],
    [
      'count',
      () => bits(root, -3),
      'count must be an integer in [0, 2^32); received -3. Pass how many values to draw.',
    ],
    ['length', () => permutation(root, Number.NaN), 'length must be an integer in [0, 2^31); received NaN.'],
    [
      'probability',
      () => bernoulli(root, 3, 50),
      'probability must be in [0, 1]; received 50. Write one half as 0.5.',
    ],
    ['min', () => randomInteger(root, 3, 0.5, 2), 'min must be an integer in [-2^31, 2^31); received 0.5.'],
    [
      'max',
      () => randomInteger(root, 3, 5, 5),
      'maxExclusive must be an integer in (min, 2^31] with min 5; received 5.',
    ],
  ])('%s', (_, draw, message) => {
    expect(draw).toThrow(message);
  });
});

describe('boundaries', () => {
  test('nothing drawn', () => {
    expect(bits(root, 0)).toHaveLength(0);
    expect(split(root, 0)).toEqual([]);
    expect(permutation(root, 0)).toHaveLength(0);
  });

  test('the whole range of int32', () => {
    const numbers = randomInteger(root, 2000, -(2 ** 31), 2 ** 31);
    expect(Math.min(...numbers)).toBeLessThan(-(2 ** 31) * 0.99);
    expect(Math.max(...numbers)).toBeGreaterThan(2 ** 31 * 0.99);
  });

  test('a coin falls on 1 below the probability, not at it', () => {
    const draws = uniform(root, 5);
    expect(bernoulli(root, 5, draws[2]!)[2]).toBe(0);
    expect(bernoulli(root, 5, draws[2]! + 2 ** -23)[2]).toBe(1);
  });

  test('a longer draw begins with the shorter one', () => {
    expect(bits(root, 1000).slice(0, 333)).toEqual(bits(root, 333));
  });

  test('a part of a draw is that part of the whole', () => {
    expect(bits(root, 100, 900)).toEqual(bits(root, 1000).slice(900));
    expect(uniform(root, 7, 5)).toEqual(uniform(root, 12).slice(5));
    expect(randomInteger(root, 7, -3, 1000, 5)).toEqual(randomInteger(root, 12, -3, 1000).slice(5));
    expect(() => bits(root, 10, -1)).toThrow('first must be an integer');
    expect(() => bits(root, 10, 2 ** 32 - 5)).toThrow('first + count must be');
  });

  test('a draw leaves its key as it was', () => {
    const own = key(7);
    uniform(own, 10);
    split(own, 3);
    expect(own).toEqual([0, 7]);
  });
});
