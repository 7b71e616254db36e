import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

test('bench step refuses replicas that do not divide the micro-batches', async () => {
  const { code, stderr } = await runCommand('bench', 'step', '--accumulate', '4', '--replicas', '2,3');
  expect(code).toBe(2);
  expect(stderr).toContain(
    '--replicas must be a divisor of --accumulate 4; received 3. Add e.g. --accumulate 12.',
  );
});
