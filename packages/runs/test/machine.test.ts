import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import type { InvalidInput } from '@m3ae/errors';
import { expect, onTestFinished, test } from 'vitest';
import { availableMemory, crowdedReplicas, requireOutsideOf } from '../src/index.js';

test.each([
  [1, 8, 2, 4, []],
  [2, 1, 2, 4, []],
  [2, 2, 2, 4, [/2 replicas with 2 threads each share the 2 cores.*train\.replicas to 1/]],
  [4, 1, 16, 4, [/some of 4 replicas wait.*UV_THREADPOOL_SIZE=8/]],
  [8, 4, 16, 12, [/share the 16 cores.*train\.replicas to 4/]],
])(
  '%d replicas of %d threads on %d cores, and %d calls at a time',
  (replicas, threads, cores, pool, notes) => {
    const said = crowdedReplicas({ replicas, threads, prefix: 'train.', cores, pool });
    expect(said).toHaveLength(notes.length);
    notes.forEach((note, i) => expect(said[i]).toMatch(note));
  },
);

test('the memory is no more than that of the machine', () => {
  expect(availableMemory()).toBeGreaterThan(1e8);
  expect(availableMemory()).toBeLessThanOrEqual(totalmem());
});

test('a folder within one that is read is refused, behind links too', () => {
  const place = mkdtempSync(join(tmpdir(), 'm3ae-outside-'));
  onTestFinished(() => rmSync(place, { recursive: true }));
  mkdirSync(join(place, 'photos', 'in'), { recursive: true });
  symlinkSync(join(place, 'photos'), join(place, 'link'));
  mkdirSync(join(place, 'others'));
  symlinkSync(join(place, 'others'), join(place, 'photos', 'out'));
  const photos = { path: join(place, 'photos') };
  const refused = (folder: string, followLinks?: boolean) => {
    try {
      requireOutsideOf(join(place, folder), [{ ...photos, followLinks }], { path: '--out' });
      return undefined;
    } catch (error) {
      return (error as InvalidInput).faults[0]!.path;
    }
  };
  expect(
    ['photos', 'photos/new/run', 'link/run', 'photos/../photos/in'].map((name) => refused(name)),
  ).toEqual(Array(4).fill('--out'));
  expect(['runs', 'photos-2', '..photos', 'photos/out/run'].map((name) => refused(name))).toEqual(
    Array(4).fill(undefined),
  );
  expect(refused('photos/out/run', true)).toBe('--out'); // what links lead to is read
});
