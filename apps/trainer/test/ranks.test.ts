import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Communicator, singleProcess } from '@m3ae/distributed';
import { lockRunFolder } from '@m3ae/runs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listenForStop, requireSameRun } from '@m3ae/runs';
import { toldBy, families, launchRanks, slowSteps } from './support/launch-ranks.js';
import { chances, resultOf, tinyWorkplace } from './support/tiny-run.js';

if (families.length === 0) console.warn('No mpirun here: the trainings on several ranks are skipped.');

/** How often a rank is killed; more by hand: RANK_KILLS=20 npx vitest run apps/trainer/test/ranks.test.ts -t killed */
const kills = Number(process.env.RANK_KILLS ?? 2);

describe.skipIf(families.length === 0)('a training on ranks', { timeout: 120_000 }, () => {
  let place: Awaited<ReturnType<typeof tinyWorkplace>>;
  let whole: Awaited<ReturnType<typeof resultOf>>;

  const launch = (family: string, size: number, out: string, ...more: readonly string[]) =>
    launchNode([], family, size, out, ...more);

  /** @param flags - Of Node. */
  function launchNode(
    flags: readonly string[],
    family: string,
    size: number,
    out: string,
    ...more: readonly string[]
  ) {
    const args = ['pretrain', place.config, '--out', place.out(out), '--resume', '--json', ...more];
    const command = [process.execPath, ...flags, place.script, ...args];
    return launchRanks({ family, size, command, cwd: place.folder });
  }

  async function toTheEnd(family: string, size: number, out: string, ...more: readonly string[]) {
    const { ended, output } = launch(family, size, out, ...more);
    expect(await ended, output()).toBe(0);
    return resultOf(place.out(out));
  }

  beforeAll(async () => {
    place = await tinyWorkplace({
      train: { steps: 40, batchSize: 8, threads: 1, accumulate: 4 },
      distributed: { timeout: 60 },
      evaluation: { enabled: false },
    });
    const { code, stderr } = await place.run('pretrain', place.config, '--out', place.out('one'), '--quiet');
    expect([code, stderr]).toEqual([0, '']);
    whole = await resultOf(place.out('one'));
  }, 120_000);

  afterAll(() => place.remove());

  test.each(families.flatMap((family) => [2, 4].map((size) => [family, size] as const)))(
    '%s, %d ranks: weights, optimizer and metrics are those of one process',
    async (family, size) => {
      expect(await toTheEnd(family, size, `${family}-${size}`.replace(' ', ''))).toEqual(whole);
    },
  );

  test('without overlap too; in the fast order the loss is the same but for rounding', async () => {
    const off = ['--set', 'distributed.overlap=false'];
    expect(await toTheEnd(families[0]!, 2, 'no-overlap', ...off)).toEqual(whole);
    const fast = await toTheEnd(families[0]!, 2, 'fast', '--set', 'distributed.reduction=fast');
    const last = (lines: string) => (JSON.parse(lines.trim().split('\n').at(-1)!) as { loss: number }).loss;
    expect(last(fast.metrics)).toBeCloseTo(last(whole.metrics), 3);
  });

  test('stopped in the middle on 4 ranks, it goes on with 2 to the same bits', async () => {
    const four = launchNode(slowSteps, families[0]!, 4, 'fewer');
    await four.steps(10);
    process.kill(four.pidOf(3)!, 'SIGKILL');
    await four.ended;
    expect(await toTheEnd(families[0]!, 2, 'fewer')).toEqual(whole);
  });

  test.each([2, 4])(
    `%d ranks, one of which is killed at ${kills} random moments, end as if it had not been`,
    async (size) => {
      const chance = chances(size, 3 * kills);
      let killed = 0;
      for (let attempt = 0; attempt < kills; attempt++) {
        const [steps, wait, which] = chance.subarray(3 * attempt, 3 * attempt + 3) as unknown as number[];
        const family = families[attempt % families.length]!;
        const run = launchNode(slowSteps, family, size, `killed-${size}`);
        await run.steps(1 + Math.floor(steps! * 5));
        await new Promise((resolve) => setTimeout(resolve, wait! * 100));
        const pid = run.pidOf(Math.floor(which! * size));
        if (pid !== undefined) process.kill(pid, 'SIGKILL');
        if (!(await run.codes).includes(0)) killed++;
      }
      expect(killed).toBeGreaterThan(kills / 2);
      expect(await toTheEnd(families[0]!, size, `killed-${size}`)).toEqual(whole);
    },
    60_000 + 60_000 * kills,
  );

  test.each([
    ['3 ranks', 3, /train\.accumulate must be a multiple of the 3 processes.*received 4.*Set it to 6/],
  ])('%s for 4 micro-batches are refused', async (_, size, words) => {
    const { codes, output } = launch(families[0]!, size, 'uneven');
    expect(toldBy(await codes)).toEqual([2]);
    expect(output()).toMatch(words);
  });

  test('a run folder that a living process uses is refused, and the job ends', async () => {
    mkdirSync(place.out('busy'), { recursive: true });
    const unlock = await lockRunFolder(place.out('busy'));
    const { codes, output } = launch(families[0]!, 2, 'busy');
    expect((await codes)[0]).toBe(2); // rank 0 alone asks for the folder; the other hears of it, or is killed
    expect(output()).toMatch(/run folder must be free; received .*in use by process/);
    await unlock();
  });

  test.each([
    [
      'another config',
      (config: string) => config.replace('"seed":0', '"seed":1'),
      /seed of rank 1 must be that of rank 0, 0; received 1/,
    ],
    [
      'no data',
      (config: string) => config.replace(/"path":"[^"]*"/, '"path":"nowhere"'),
      /rank 1 must be able to begin.*nowhere/,
    ],
  ])('a rank with %s is named', async (_, change, words) => {
    // Each rank reads its own copy of the config, as on machines without a shared disk.
    const config = JSON.stringify({ seed: 0, ...(JSON.parse(readFileSync(place.config, 'utf8')) as object) });
    ['0', '1'].forEach((rank) =>
      writeFileSync(join(place.folder, `rank-${rank}.json`), rank === '1' ? change(config) : config),
    );
    const script = join(place.folder, 'rank.sh');
    writeFileSync(
      script,
      `exec "${process.execPath}" "${place.script}" pretrain rank-\${OMPI_COMM_WORLD_RANK:-$PMI_RANK}.json --out runs/differ --quiet\n`,
    );
    const command = ['sh', script];
    const { codes, output } = launchRanks({ family: families[0]!, size: 2, command, cwd: place.folder });
    expect(toldBy(await codes)).toEqual([2]);
    expect(output()).toMatch(words);
    rmSync(join(place.folder, 'runs/differ'), { recursive: true, force: true });
  });
});

/** Two ranks within this process, whose bytes meet one call after the other. */
function twoRanks(): Communicator[] {
  const rounds: { values: Uint8Array; resolve: () => void }[][] = [];
  return [0, 1].map((rank) => {
    let calls = 0;
    return {
      ...singleProcess(),
      rank,
      size: 2,
      allGather: (values) =>
        new Promise<void>((resolve) => {
          const round = (rounds[calls++] ??= []);
          round[rank] = { values: values as Uint8Array, resolve };
          if (round[0] === undefined || round[1] === undefined) return;
          const half = values.length / 2;
          const all = round.flatMap((each, from) =>
            Array.from(each.values.subarray(from * half, (from + 1) * half)),
          );
          round.forEach((each) => {
            each.values.set(all);
            each.resolve();
          });
        }),
    };
  });
}

test.each([
  [
    'versions',
    { versions: { m3ae: '1.0.1' } },
    /the versions\.m3ae of rank 1 must be .* "1\.0\.0"; received "1\.0\.1"/,
  ],
  [
    'data',
    { data: { fingerprints: { train: 'b' } } },
    /the data\.fingerprints\.train of rank 1 .* "a"; received "b"/,
  ],
  ['processors', { versions: { m3ae: '1.0.0', cpu: 'B' } }, /^agreed$/],
])('ranks of other %s are told, but not of other processors', async (_, change, words) => {
  const record = {
    config: {},
    data: { fingerprints: { train: 'a' } },
    versions: { m3ae: '1.0.0', cpu: 'A' },
  };
  const asked = twoRanks().map((communicator, rank) =>
    requireSameRun(communicator, { ...record, ...(rank === 1 && change) } as never),
  );
  for (const result of await Promise.allSettled(asked)) {
    expect(result.status === 'rejected' ? String(result.reason) : 'agreed').toMatch(words);
  }
});

test('Ctrl-C on the launcher of Open MPI comes as SIGCONT, and the SIGTERM after it ends nothing', () => {
  const told: string[] = [];
  const stop = listenForStop((signal) => told.push(signal), { OMPI_COMM_WORLD_RANK: '0' });
  process.emit('SIGCONT', 'SIGCONT');
  expect(stop.signal.aborted).toBe(true);
  process.emit('SIGTERM', 'SIGTERM'); // a second SIGTERM would end this process
  stop.release();
  expect(told).toEqual(['SIGCONT']);
  expect(process.listenerCount('SIGCONT')).toBe(0);
});
