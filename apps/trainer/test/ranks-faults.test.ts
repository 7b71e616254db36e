import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { latestCheckpoint, loadCheckpoint } from '@m3ae/checkpoint/files';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { families, isAlive, launchRanks, slowSteps, stillAlive } from './support/launch-ranks.js';
import { resultOf, tinyWorkplace } from './support/tiny-run.js';

if (families.length === 0) console.warn('No mpirun here: the faults of ranks are skipped.');

/** A disk that is full once the checkpoint of step 12 is written. */
const fullDisk = `
  import promises from 'node:fs/promises';
  import { syncBuiltinESMExports } from 'node:module';
  const { open } = promises;
  promises.open = async (path, ...more) => {
    const file = await open(path, ...more);
    const write = async () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
    };
    return String(path).includes('step-00000012') ? Object.assign(file, { write }) : file;
  };
  syncBuiltinESMExports();
`;

describe.skipIf(families.length === 0)('a training on ranks that is interrupted', () => {
  let place: Awaited<ReturnType<typeof tinyWorkplace>>;
  let whole: Awaited<ReturnType<typeof resultOf>>;

  beforeAll(async () => {
    place = await tinyWorkplace({
      train: { steps: 60, batchSize: 8, threads: 1, accumulate: 4 },
      evaluation: { enabled: false },
    });
    writeFileSync(join(place.folder, 'full-disk.mjs'), fullDisk);
    const { code, stderr } = await place.run('pretrain', place.config, '--out', place.out('one'), '--quiet');
    expect([code, stderr]).toEqual([0, '']);
    whole = await resultOf(place.out('one'));
  }, 240_000);

  afterAll(() => place.remove());

  interface Circumstances {
    /** Flags of Node, on every rank. */
    readonly node?: readonly string[];
    /** Seconds of `distributed.timeout`. */
    readonly timeout?: number;
    /** Of the launcher. */
    readonly flags?: readonly string[];
  }

  function launch(family: string, out: string, { node = [], timeout = 60, flags }: Circumstances = {}) {
    const args = ['pretrain', place.config, '--out', place.out(out), '--resume', '--json'];
    const set = ['--set', `distributed.timeout=${timeout}`];
    const command = [process.execPath, ...node, place.script, ...args, ...set];
    return launchRanks({ family, size: 2, command, cwd: place.folder, flags });
  }

  /** Step of the newest checkpoint, which is whole. */
  const savedStep = async (out: string) =>
    (await loadCheckpoint((await latestCheckpoint(place.out(out)))!.folder)).step;

  async function goesOn(family: string, out: string, timeout?: number) {
    const { ended, output } = launch(family, out, { timeout });
    expect(await ended, output()).toBe(0);
    expect(await resultOf(place.out(out))).toEqual(whole);
  }

  test.each(families)(
    '%s: Ctrl-C on the launcher saves, stops all ranks and can go on',
    async (family) => {
      const out = `interrupted-${family.length}`;
      // Open MPI kills what has not ended in twice this time; a busy machine needs more than its default of 1.
      const flags = family === 'Open MPI' ? ['--mca', 'odls_base_sigkill_timeout', '8'] : [];
      const { child, codes, output, steps, pidOf } = launch(family, out, { flags, node: slowSteps });
      await steps(6);
      const pids = [0, 1].map(pidOf);
      child.kill('SIGINT');
      // Open MPI's launcher may kill a rank that is slow to leave.
      const left = family === 'Open MPI' ? [undefined, 130] : [130];
      for (const code of await codes) expect(left, output()).toContain(code);
      expect(await stillAlive(pids)).toEqual([]);
      const stopped = /Stopped and saved after step (\d+)/.exec(output())?.[1];
      expect(await savedStep(out), output()).toBe(Number(stopped));
      expect(Number(stopped)).toBeLessThan(60);
      // The last line comes once all ranks have left, for which Open MPI's launcher may not wait on a busy machine.
      const last =
        family === 'Open MPI' ? 'Stopped and saved' : 'Go on with: mpirun -n 2 npx @m3ae/trainer pretrain ';
      expect(output()).toContain(last);
      await goesOn(family, out);
    },
    240_000,
  );

  test.each(families)(
    '%s: ranks whose launcher was killed end by themselves',
    async (family) => {
      const out = `orphans-${family.length}`;
      const { child, steps, pidOf } = launch(family, out, { node: slowSteps, timeout: 8 });
      await steps(6);
      const pids = [0, 1].map(pidOf);
      expect(pids.filter(isAlive)).toHaveLength(2);
      child.kill('SIGKILL');
      expect(await stillAlive(pids)).toEqual([]);
      await goesOn(family, out, 8);
    },
    240_000,
  );

  test('a rank that stalls is named, and ends the job', async () => {
    const circumstances = { node: slowSteps, timeout: 8 };
    const { codes, output, steps, pidOf } = launch(families[0]!, 'stalled', circumstances);
    await steps(6);
    process.kill(pidOf(1)!, 'SIGSTOP');
    const [first, stalled] = await codes;
    expect(first, output()).toBe(1);
    expect(stalled, output()).not.toBe(0); // Open MPI wakes it before it kills it
    expect(output()).toMatch(/took longer than 8 s: rank 1 does not answer/);
    await goesOn(families[0]!, 'stalled', 8);
  }, 240_000);

  test('a disk that is full for rank 0 ends the job on all, the last checkpoint whole', async () => {
    const node = ['--import', join(place.folder, 'full-disk.mjs')];
    const { codes, output } = launch(families[0]!, 'full', { node });
    const [first, second] = await codes;
    expect(first, output()).toBe(1);
    expect(second, output()).not.toBe(0); // 1, or what it ends with where the launcher stops it first
    expect(output()).toMatch(/ENOSPC\. The disk is full.* The checkpoint of step 8 in \S+ is whole/);
    expect(output()).toMatch(/rank 0 ended: .*ENOSPC/); // rank 0 says so itself: the launcher may end the other first
    expect(await savedStep('full')).toBe(8);
    await goesOn(families[0]!, 'full');
  }, 240_000);
});
