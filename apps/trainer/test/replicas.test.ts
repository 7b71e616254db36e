import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crowdedReplicas } from '../src/run/engine.js';
import { runCommand } from './support/run-command.js';
import { resultOf, tinyWorkplace } from './support/tiny-run.js';

describe('a run with replicas', () => {
  let place: Awaited<ReturnType<typeof tinyWorkplace>>;
  beforeAll(async () => {
    place = await tinyWorkplace({
      train: { steps: 6, batchSize: 8, threads: 1, accumulate: 4 },
      evaluation: { enabled: false },
    });
  });
  afterAll(() => place.remove());

  test('has the bits of one after the other', async () => {
    const run = async (replicas: number) => {
      const out = place.out(`replicas-${replicas}`);
      const set = ['--set', `train.replicas=${replicas}`];
      const { code, stderr } = await place.run('pretrain', place.config, '--out', out, '--quiet', ...set);
      expect([code, stderr]).toEqual([0, '']);
      return resultOf(out);
    };
    const one = await run(1);
    for (const replicas of [2, 4]) expect(await run(replicas)).toEqual(one);
  }, 120_000);
});

test.each([
  [1, 8, 2, 4, []],
  [2, 1, 2, 4, []],
  [2, 2, 2, 4, [/2 replicas with 2 threads each share the 2 cores.*train\.replicas to 1/]],
  [4, 1, 16, 4, [/some of 4 replicas wait.*UV_THREADPOOL_SIZE=8/]],
  [8, 4, 16, 12, [/share the 16 cores.*train\.replicas to 4/]],
])(
  '%d replicas of %d threads on %d cores, and %d calls at a time',
  (replicas, threads, cores, pool, notes) => {
    const said = crowdedReplicas({ replicas, threads }, cores, pool);
    expect(said).toHaveLength(notes.length);
    notes.forEach((note, i) => expect(said[i]).toMatch(note));
  },
);

test('bench step refuses replicas that do not divide the micro-batches', async () => {
  const { code, stderr } = await runCommand('bench', 'step', '--accumulate', '4', '--replicas', '2,3');
  expect(code).toBe(2);
  expect(stderr).toContain(
    '--replicas must be a divisor of --accumulate 4; received 3. Add e.g. --accumulate 12.',
  );
});
