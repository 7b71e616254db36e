import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, type TestContext } from 'vitest';
import { families } from './support/launch-ranks.js';
import { hasSlurm, type Slurm, startSlurm } from './support/slurm.js';
import { resultOf, tinyWorkplace } from './support/tiny-run.js';

const runnable = hasSlurm && families.length > 0;
if (!runnable) {
  const packages = 'slurm-wlm munge libpmix-dev openmpi-bin mpich';
  console.warn(`The jobs of Slurm are skipped: they need root and apt install ${packages}`);
}

const script = fileURLToPath(new URL('../launch/slurm.sh', import.meta.url));

/** The part of Slurm through which the ranks of an MPI find each other. */
const managers: Readonly<Record<string, string>> = { 'Open MPI': 'pmix', MPICH: 'pmi2' };

describe.skipIf(!runnable)('the shipped script on a Slurm', () => {
  let place: Awaited<ReturnType<typeof tinyWorkplace>>;
  let whole: Awaited<ReturnType<typeof resultOf>>;
  let slurm: Slurm | undefined;

  beforeAll(async () => {
    place = await tinyWorkplace({
      train: { steps: 60, batchSize: 8, threads: 1, accumulate: 4 },
      evaluation: { enabled: false },
    });
    slurm = await startSlurm(4);
    const { code, stderr } = await place.run('pretrain', place.config, '--out', place.out('one'), '--quiet');
    expect([code, stderr]).toEqual([0, '']);
    whole = await resultOf(place.out('one'));
  }, 240_000);

  afterAll(async () => {
    await slurm?.stop();
    place.remove();
  }, 60_000);

  const logOf = (out: string) => join(place.folder, `${out}.log`);
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');

  /** Hands the script to Slurm, as a user does. */
  function sbatch(launcher: string, ranks: number, out: string, ...flags: readonly string[]) {
    const size = ['--nodes=1', `--ntasks-per-node=${ranks}`, '--cpus-per-task=1'];
    const places = [`--chdir=${place.folder}`, `--output=${logOf(out)}`];
    const training = [place.config, '--out', place.out(out), '--json'];
    const environment = { M3AE: `${process.execPath} ${place.script}`, LAUNCHER: launcher };
    return slurm!.command('sbatch', [...flags, ...size, ...places, script, ...training], environment);
  }

  async function toTheEnd(launcher: string, ranks: number, out: string) {
    await sbatch(launcher, ranks, out, '--wait').catch((error: unknown) => {
      throw new Error(`The job failed: ${read(logOf(out))}`, { cause: error });
    });
    return resultOf(place.out(out));
  }

  /** Slurm's own launcher for an MPI; the test is skipped where Slurm was built without. */
  async function srunFor(family: string, { skip }: TestContext) {
    const manager = managers[family]!;
    const list = await slurm!.command('srun', ['--mpi=list']);
    skip(!new RegExp(`\\b${manager}\\b`).test(list), `Slurm has no ${manager}: apt install libpmix-dev`);
    return `srun --mpi=${manager} --kill-on-bad-exit=1`;
  }

  test.for(families)(
    '%s: two ranks of srun give the bits of one process',
    { timeout: 240_000 },
    async (family, context) => {
      const out = `srun-${managers[family]}`;
      expect(await toTheEnd(await srunFor(family, context), 2, out)).toEqual(whole);
    },
  );

  test('a job that is told to stop saves, and the same script goes on with more ranks', async (context) => {
    const launcher = await srunFor(families[0]!, context);
    const number = (await sbatch(launcher, 2, 'stopped', '--parsable')).trim();
    const metrics = join(place.out('stopped'), 'metrics.jsonl');
    while (read(metrics).split('\n').length < 6) await pause(20);
    await slurm!.command('scancel', ['--signal=TERM', number]); // as --signal of the script asks for
    await slurm!.idle();
    expect(read(logOf('stopped'))).toMatch(/Stopped and saved after step \d+/);
    expect(read(metrics).trim().split('\n').length).toBeLessThan(60);
    expect(await toTheEnd(launcher, 4, 'stopped')).toEqual(whole);
  }, 240_000);
});
