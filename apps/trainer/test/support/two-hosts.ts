import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Addresses of the two hosts, which nothing outside of them sees. */
export const addresses = ['10.77.0.1', '10.77.0.2'] as const;

/** Two network namespaces joined by a virtual cable, which stand for two hosts. */
export interface TwoHosts {
  /** What starts a command on a host. */
  on(address: string): readonly string[];
  /** A program that takes the arguments of ssh and starts a command on the other host. */
  readonly ssh: string;
  /** Processes of Node on a host that run a script. */
  running(address: string, script: string): number[];
  /** Bytes that a host has received over the cable. */
  received(address: string): number;
  /** Pulls the cable out. */
  unplug(): void;
  /** Ends what runs on them, and removes them. */
  remove(): void;
}

const ip = (...args: readonly string[]) => execFileSync('ip', args, { encoding: 'utf8', stdio: 'pipe' });

const spaceOf = (address: string) => `m3ae-${process.pid}-${address}`;

/** Whether such hosts can be made here. */
export const hasHosts = (() => {
  const probe = spaceOf('probe');
  const made = spawnSync('ip', ['netns', 'add', probe]).status === 0;
  const has = made && spawnSync('ip', ['netns', 'exec', probe, 'unshare', '--uts', 'true']).status === 0;
  if (made) ip('netns', 'delete', probe);
  return has;
})();

/** Makes the two hosts. */
export function makeHosts(): TwoHosts {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-hosts-'));
  const on = (address: string) => {
    // A name of its own: launchers and MPI take ranks of one name for ranks of one memory.
    const named = [
      'unshare',
      '--uts',
      'sh',
      '-c',
      `hostname ${address.replaceAll('.', '-')}; exec "$@"`,
      'sh',
    ];
    return ['ip', 'netns', 'exec', spaceOf(address), ...named];
  };
  const processesOf = (address: string) =>
    spawnSync('ip', ['netns', 'pids', spaceOf(address)], { encoding: 'utf8' })
      .stdout.split(/\s+/)
      .filter(Boolean);
  const remove = () => {
    for (const address of addresses) {
      for (const pid of processesOf(address)) spawnSync('kill', ['-9', pid]);
      spawnSync('ip', ['netns', 'delete', spaceOf(address)]);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const [first, second] = addresses.map(spaceOf) as [string, string];
    for (const space of [first, second]) ip('netns', 'add', space);
    ip('-n', first, 'link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'cable', 'netns', second);
    for (const address of addresses) {
      const space = spaceOf(address);
      ip('-n', space, 'address', 'add', `${address}/24`, 'dev', 'cable');
      for (const device of ['lo', 'cable']) ip('-n', space, 'link', 'set', device, 'up');
    }
    const ssh = join(folder, 'ssh');
    // ssh [options] HOST COMMAND…, whose words the other host's shell reads.
    writeFileSync(
      ssh,
      `#!/bin/sh
while [ "\${1#-}" != "$1" ]; do shift; done
host=$1
shift
exec ip netns exec "${spaceOf('$host')}" unshare --uts sh -c "hostname $(echo "$host" | tr . -); $*"
`,
    );
    chmodSync(ssh, 0o755);
    return {
      on,
      ssh,
      running: (address, script) =>
        processesOf(address)
          .filter((pid) => commandOf(pid)[0] === process.execPath && commandOf(pid).includes(script))
          .map(Number),
      received: (address) =>
        Number(ip('netns', 'exec', spaceOf(address), 'cat', '/sys/class/net/cable/statistics/rx_bytes')),
      unplug: () => void ip('-n', first, 'link', 'set', 'cable', 'down'),
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Words of the command line of a process; none where it has ended. */
function commandOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
