import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chances, resultOf, tinyWorkplace } from './support/tiny-run.js';

const kills = 20;

describe('a run that is interrupted', () => {
  let place: Awaited<ReturnType<typeof tinyWorkplace>>;
  let whole: Awaited<ReturnType<typeof resultOf>>;

  beforeAll(async () => {
    place = await tinyWorkplace();
    const { code, stderr } = await place.run(
      'pretrain',
      place.config,
      '--out',
      place.out('whole'),
      '--quiet',
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    whole = await resultOf(place.out('whole'));
  }, 120_000);

  afterAll(() => place.remove());

  test('has a line a step', () => {
    const steps = whole.metrics
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { step: number }).step);
    expect(steps).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(whole.validation.trim().split('\n')).toHaveLength(10);
  });

  /** Runs to the end, killed on the way. */
  async function killedRun(out: string, times: number, ...settings: readonly string[]) {
    const args = ['pretrain', place.config, '--out', out, '--resume', '--json', ...settings];
    const chance = chances(1, 2 * times);
    let killed = 0;
    for (let attempt = 0; attempt < times; attempt++) {
      const started = place.start(...args);
      // After some steps of this process, and then at any moment of the next few: in a step, a save, between two.
      const steps = Math.floor(chance[2 * attempt]! * 6);
      await started.until((stdout) => (stdout.match(/"event":"step"/g) ?? []).length >= steps);
      await new Promise((resolve) => setTimeout(resolve, chance[2 * attempt + 1]! * 40));
      started.child.kill('SIGKILL');
      if ((await started.ended) === 'SIGKILL') killed++;
    }
    expect(killed).toBeGreaterThan(times / 2);
    const last = await place.run(...args);
    expect(last.stderr).toBe('');
    expect(last.code).toBe(0);
    return resultOf(out);
  }

  test(`by kill -9 at ${kills} random moments ends as if it had not been`, async () => {
    expect(await killedRun(place.out('killed'), kills)).toEqual(whole);
  }, 300_000);

  test('by kill -9, its batches in micro-batches, ends as if it had not been', async () => {
    const settings = ['--set', 'train.accumulate=4', '--set', 'data.workers=1'];
    const out = place.out('whole-micro');
    const { code, stderr } = await place.run('pretrain', place.config, '--out', out, '--quiet', ...settings);
    expect([code, stderr]).toEqual([0, '']);
    const uncut = await resultOf(out);
    expect(await killedRun(place.out('killed-micro'), kills / 2, ...settings)).toEqual(uncut);
    const losses = (lines: string) =>
      lines
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { loss: number }).loss);
    // The same training as in whole batches, but for the order of sums.
    losses(uncut.metrics).forEach((loss, i) => expect(loss).toBeCloseTo(losses(whole.metrics)[i]!, 3));
  }, 300_000);

  test.each([1, 3])(
    'is the same with %d worker threads',
    async (workers) => {
      const out = place.out(`workers-${workers}`);
      const args = ['pretrain', place.config, '--out', out, '--quiet', '--set', `data.workers=${workers}`];
      const { code, stderr } = await place.run(...args);
      expect([code, stderr]).toEqual([0, '']);
      expect(await resultOf(out)).toEqual(whole);
    },
    120_000,
  );

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s saves, says so, and goes on where it was',
    async (signal) => {
      const out = place.out(signal);
      const args = ['pretrain', place.config, '--out', out, '--json'];
      const first = place.start(...args);
      await first.until((stdout) => stdout.includes('"step":6,'));
      first.child.kill(signal);
      expect(await first.ended).toBe(130);
      expect(first.printed.stdout).toContain('Stopped and saved after step');
      expect(first.printed.stderr).toContain('Go on with: npx @m3ae/trainer pretrain');

      const refused = await place.run(...args);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(
        'which holds an unfinished run. Go on with --resume, start over with --overwrite',
      );

      const second = await place.run(...args, '--resume');
      expect(second.code).toBe(0);
      expect(await resultOf(out)).toEqual(whole);
    },
    120_000,
  );
});
