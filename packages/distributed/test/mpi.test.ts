import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleRanks, toldBy, launchers, mpirun } from './support/mpirun.js';
import { length, microBatchCount, microGradient } from './support/numbers.js';

const families = Object.keys(launchers);
if (families.length === 0) console.warn('No mpirun here: the tests on several ranks are skipped.');

/** The definition, element by element: ((g0 + g1) + g2) + …, each sum rounded to single precision. */
function sumInOrder(batch: number): Float32Array {
  const gradients = Array.from({ length: microBatchCount }, (_, index) => microGradient(batch, index));
  return Float32Array.from({ length }, (_, place) =>
    gradients.map((gradient) => gradient[place]!).reduce((sum, value) => Math.fround(sum + value)),
  );
}

const sha256 = (values: Float32Array) => createHash('sha256').update(values).digest('hex');

describe.skipIf(families.length === 0).each(families.length === 0 ? ['an MPI'] : families)(
  '%s',
  { concurrent: false },
  (family) => {
    let program: string;
    beforeAll(async () => {
      program = await bundleRanks();
    });
    afterAll(() => rmSync(program, { force: true }));

    test.each([1, 2, 4])('%d ranks sum to the same bits in the fixed order', async (size) => {
      const { results, output } = await mpirun(family, size, program, 'fixed');
      const wanted = [0, 1].map((batch) => sha256(sumInOrder(batch)));
      expect(results, output).toEqual(Array.from({ length: size }, () => wanted));
    });

    test('the fast order comes close to the sum', async () => {
      const { results, output } = await mpirun(family, 2, program, 'fast');
      expect(results, output).toHaveLength(2);
      for (const [batch, value] of (results[0] as string[]).entries()) {
        expect(Number(value)).toBeCloseTo(sumInOrder(batch)[0]!, -1);
      }
      expect(results[1]).toEqual(results[0]);
    });

    test('collective operations, under way at once, and a free event loop', async () => {
      const { results, output } = await mpirun(family, 3, program, 'collectives');
      const texts = ['rank 0', 'rank 1é', 'rank 2éé'];
      const wanted = { reduced: [6, 30], sent: [2], gathered: [0, 1, 4], texts, free: true };
      expect(results, output).toEqual([wanted, wanted, wanted]);
    });

    test('values of all micro-batches, in their order', async () => {
      const { results, output } = await mpirun(family, 3, program, 'gather');
      const wanted = [0, 1, 2, 3, 4, 5].map((place) => [place, place, place]);
      expect(results, output).toEqual([wanted, wanted, wanted]);
    });

    test('a rank with another config is named on every rank', async () => {
      const { codes, results, output } = await mpirun(family, 3, program, 'agreement');
      expect(toldBy(codes), output).toEqual([1]);
      for (const result of results) {
        expect((result as { message: string }).message).toMatch(
          /config of rank 1 must be that of rank 0, a;.* b\./,
        );
      }
    });

    test('ranks that cannot begin are named on every rank', async () => {
      const { codes, results, output } = await mpirun(family, 3, program, 'together');
      expect(toldBy(codes), output).toEqual([1]);
      for (const result of results) {
        expect((result as { message: string }).message).toMatch(
          /^ranks 1, 2 must be able to begin.*no folder/,
        );
      }
    });

    test('objects and arrays of all ranks are everywhere, in the order of the ranks', async () => {
      const { results, output } = await mpirun(family, 3, program, 'values');
      const wanted = [['é0'], ['é2', 2, 2]];
      expect(results, output).toEqual([wanted, wanted, wanted]);
    });

    test('a text of rank 0 is everywhere', async () => {
      const { results, output } = await mpirun(family, 3, program, 'text');
      expect(results, output).toEqual(['grün', 'grün', 'grün']);
    });

    test('a rank that does something else is waited for beyond the time limit', async () => {
      const { results, output } = await mpirun(family, 3, program, 'aside', { TEST_TIMEOUT: '4' });
      expect(results, output).toEqual(['done', 'done', 'done']);
    });

    test('ranks end a batch after the same micro-batch, and can leave in order', async () => {
      const { code, codes, results, output } = await mpirun(family, 3, program, 'asks');
      expect([code, ...codes, ...results], output).toEqual([0, 0, 0, 0, 4, 4, 4]);
    });

    test.each([
      ['stopped', /rank 1 does not answer/],
      ['behind', /rank 1 answers, but did not come so far/],
      ['failing', /rank 1 ended: No space left on device/],
    ])('a rank that is %s is named on the others within the time limit', async (scenario, words) => {
      const { codes, results, output } = await mpirun(family, 3, program, scenario, { TEST_TIMEOUT: '8' });
      expect(toldBy(codes), output).toEqual([1]);
      for (const result of [results[0], results[2]]) {
        expect(result, output).toMatchObject({ ranks: [1], message: expect.stringMatching(words) });
      }
    });

    test('a rank that fails after all have left ends alone', async () => {
      const { code, codes, results, output } = await mpirun(family, 2, program, 'late');
      expect([code, ...codes, ...results], output).toEqual([0, 0, 0, 'done', 'done']);
    });

    test('functions of the memory stay as they are, whatever threads do meanwhile', async () => {
      const { results, output } = await mpirun(family, 2, program, 'text', { UCX_MEM_LOG_LEVEL: 'debug' });
      expect(results).toEqual(['grün', 'grün']);
      expect(output).not.toMatch(/installing .* hook/);
    });

    test('a killed rank ends the job', async () => {
      const { codes, output } = await mpirun(family, 3, program, 'killed', { TEST_TIMEOUT: '2' });
      expect(codes, output).not.toContain(0);
    });
  },
);
