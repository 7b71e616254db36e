import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { latestCheckpoint } from '@m3ae/checkpoint/files';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { families, launchers, launchRanks, stillAlive } from './support/launch-ranks.js';
import { resultOf, tinyWorkplace } from './support/tiny-run.js';
import { addresses, hasHosts, makeHosts, type TwoHosts } from './support/two-hosts.js';

/**
 * Before 4.2, MPI_Finalize of MPICH over UCX waits in a barrier without moving bytes, which another rank may need to end.
 *
 * @see https://github.com/pmodels/mpich/pull/6596
 */
const endsOnHosts = (family: string) =>
  family !== 'MPICH' ||
  /Version: +(?:[5-9]|4\.(?:[2-9]|\d\d))/.test(
    execFileSync(launchers[family]!, ['--version'], { encoding: 'utf8' }),
  );

const tried = hasHosts ? families.filter(endsOnHosts) : [];
if (tried.length === 0)
  console.warn(
    'Ranks on two hosts are skipped: they need root and apt install iproute2 openmpi-bin, or MPICH 4.2',
  );

const steps = 40;

describe.skipIf(tried.length === 0)('a training on two hosts', () => {
  let place: Awaited<ReturnType<typeof tinyWorkplace>>;
  let whole: Awaited<ReturnType<typeof resultOf>>;
  let hosts: TwoHosts;

  beforeAll(async () => {
    place = await tinyWorkplace({
      train: { steps, batchSize: 8, threads: 1, accumulate: 4 },
      distributed: { timeout: 8 },
      evaluation: { enabled: false },
    });
    const { code, stderr } = await place.run('pretrain', place.config, '--out', place.out('one'), '--quiet');
    expect([code, stderr]).toEqual([0, '']);
    whole = await resultOf(place.out('one'));
  }, 240_000);

  beforeEach(() => {
    hosts = makeHosts();
  });

  afterEach(() => hosts.remove());

  afterAll(() => place.remove());

  /** Flags that spread ranks over the hosts by ssh. */
  function flagsOf(family: string, perHost: number): readonly string[] {
    const spread = addresses.map((address) => `${address}:${perHost}`).join();
    if (family === 'Open MPI')
      return ['--host', spread, '--bind-to', 'none', '--mca', 'plm_rsh_agent', hosts.ssh];
    const launcher = ['-launcher', 'ssh', '-launcher-exec', hosts.ssh, '-localhost', addresses[0]];
    // Else UCX finds that both have one memory, or takes the loopback of one for a way to the other.
    const transports = ['-genv', 'UCX_TLS', 'tcp,self', '-genv', 'UCX_NET_DEVICES', 'cable'];
    return ['-hosts', spread, ...launcher, ...transports];
  }

  const launch = (family: string, perHost: number, out: string) =>
    launchRanks({
      family,
      size: 2 * perHost,
      command: [
        process.execPath,
        place.script,
        'pretrain',
        place.config,
        '--out',
        place.out(out),
        '--resume',
        '--json',
      ],
      cwd: place.folder,
      flags: flagsOf(family, perHost),
      within: hosts.on(addresses[0]),
    });

  const cases = tried.flatMap((family) => [1, 2].map((perHost) => [family, perHost] as const));

  test.each(cases)(
    '%s, %d ranks on each: weights, optimizer and metrics are those of one process',
    async (family, perHost) => {
      const out = `${family.length}-${perHost}`;
      const { ended, output } = launch(family, perHost, out);
      expect(await ended, output()).toBe(0);
      expect(await resultOf(place.out(out))).toEqual(whole);
      // At least a gradient went over the cable each way in every step: ranks have taken no shorter way.
      const { folder } = (await latestCheckpoint(place.out(out)))!;
      const gradient = statSync(join(folder, 'model.safetensors')).size;
      for (const address of addresses) expect(hosts.received(address)).toBeGreaterThan(steps * gradient);
    },
    240_000,
  );

  test.each(tried)(
    '%s: when the cable is pulled, both hosts end, and the run can go on',
    async (family) => {
      const out = `unplugged-${family.length}`;
      const cut = launch(family, 1, out);
      await cut.steps(6);
      const ranks = addresses.flatMap((address) => hosts.running(address, place.script));
      expect(ranks).toHaveLength(2);
      hosts.unplug();
      // Not the launcher: it may wait for the other host much longer.
      expect(await stillAlive(ranks)).toEqual([]);
      expect(cut.output()).toMatch(/took longer than 8 s: rank 1 does not answer/);
      hosts.remove();
      hosts = makeHosts();
      const again = launch(family, 1, out);
      expect(await again.ended, again.output()).toBe(0);
      expect(await resultOf(place.out(out))).toEqual(whole);
    },
    240_000,
  );
});
