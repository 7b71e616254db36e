import { readFileSync } from 'node:fs';
import { isInvalidInput } from '@m3ae/errors';
import { describe, expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { chanceOf, mutate } from '../../../scripts/mutate.mjs';
import { readNumpy } from '../src/index.js';

interface Case {
  readonly name: string;
  readonly base64: string;
}

/** Of fixtures/make_numpy.py. */
const { read, refused } = JSON.parse(
  readFileSync(new URL('fixtures/numpy-arrays.json', import.meta.url), 'utf8'),
) as {
  readonly read: readonly (Case & { readonly shape: number[]; readonly values: number[] })[];
  readonly refused: readonly Case[];
};
const bytesOf = ({ base64 }: Case) => new Uint8Array(Buffer.from(base64, 'base64'));

describe('a file that numpy.save wrote', () => {
  test.each(read)('$name', (given) => {
    const array = readNumpy(bytesOf(given));
    expect(array.shape).toEqual(given.shape);
    const { shape, data } = array.read();
    expect([shape, [...data]]).toEqual([given.shape, given.values]);
  });

  test.each(refused)('of $name is refused', (given) => {
    const [fault] = faultsOf(() => readNumpy(bytesOf(given)).read());
    expect(fault).toMatchObject({ path: 'bytes' });
  });

  test('that is damaged is read or refused', () => {
    const chance = chanceOf(5);
    const files = read.map(bytesOf);
    const pick = () => files[Math.floor(chance() * files.length)]!;
    const failureOf = (bytes: Uint8Array): unknown => {
      try {
        readNumpy(bytes).read();
      } catch (error) {
        return isInvalidInput(error) ? undefined : error;
      }
      return undefined;
    };
    const failures = Array.from({ length: 5000 }, () => failureOf(mutate(pick(), chance, pick())));
    expect(failures.filter((failure) => failure !== undefined)).toEqual([]);
  });
});
