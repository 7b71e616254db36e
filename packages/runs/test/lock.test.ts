import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test, vi } from 'vitest';
import { InvalidInput } from '@m3ae/errors';
import { hasEnded, identityOf } from '@m3ae/checkpoint/files';
import { lockRunFolder } from '@m3ae/runs';
import { lock } from 'proper-lockfile';

vi.mock('proper-lockfile', async (original) => {
  const real = await original<typeof import('proper-lockfile')>();
  return { ...real, lock: vi.fn<typeof real.lock>(real.lock) };
});

const newFolder = () => mkdtempSync(join(tmpdir(), 'lock-'));

/** A folder that looks as if another process had locked it. */
function lockedBy(owner: object): string {
  const folder = newFolder();
  mkdirSync(join(folder, '.lock'));
  writeFileSync(join(folder, 'lock.json'), JSON.stringify(owner));
  return folder;
}

/** Identity of a process that has run and ended. */
async function ended(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid!;
}

test('a folder in use is refused by name of its process, and free again afterwards', async () => {
  const folder = newFolder();
  const unlock = await lockRunFolder(folder);
  const second = await lockRunFolder(folder).catch((error: unknown) => error);
  expect(second).toBeInstanceOf(InvalidInput);
  expect((second as Error).message).toBe(
    `The run folder must be free; received ${folder}, in use by process ${process.pid} on ${hostname()}. ` +
      'Wait for it to end, or choose another folder.',
  );
  await unlock();
  expect(existsSync(join(folder, 'lock.json'))).toBe(false);
  await (
    await lockRunFolder(folder)
  )();
});

test('the lock of a killed process is taken over at once', async () => {
  const folder = lockedBy({ pid: await ended(), host: hostname(), started: '1' });
  const unlock = await lockRunFolder(folder);
  expect(existsSync(join(folder, 'lock.json'))).toBe(true);
  await unlock();
});

/** A program of its own, with our packages from their source. */
async function programOf(contents: string): Promise<string> {
  const program = join(newFolder(), 'program.mjs');
  await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
    tsconfig: fileURLToPath(new URL('../../../tsconfig.json', import.meta.url)),
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    outfile: program,
    logLevel: 'error',
  });
  return program;
}

test('of two processes that find the lock of a killed one at the same moment, one gets the folder', async () => {
  const program = await programOf(`
    import { lockRunFolder } from '../src/lock.js';
    let unlock;
    process.on('message', async (folder) => {
      await unlock?.();
      unlock = await lockRunFolder(folder).catch((error) => void (error.faults ?? process.exit(1)));
      process.send(unlock !== undefined);
    });`);
  const takers = [0, 1].map(() => fork(program));
  const asked = async (taker: ChildProcess, folder: string) => {
    taker.send(folder);
    return ((await once(taker, 'message')) as [boolean])[0];
  };
  const pid = await ended();
  const winners: number[] = [];
  for (let round = 0; round < 150; round++) {
    const folder = lockedBy({ pid, host: hostname(), started: '1' });
    const got = await Promise.all(takers.map((taker) => asked(taker, folder)));
    winners.push(got.filter(Boolean).length);
  }
  takers.forEach((taker) => taker.kill());
  expect(winners).toEqual(winners.map(() => 1));
});

test('a process that is killed while it takes a folder over leaves it to the next at once', async () => {
  const program = await programOf(`
    import { claimPlaceOf } from '../src/claims.js';
    process.on('message', ({ dead, folder }) => process.send(claimPlaceOf(dead, folder) !== undefined));`);
  const dead = { pid: await ended(), host: hostname(), started: '1' };
  const folder = lockedBy(dead);
  mkdirSync(join(folder, '.lock-taken-over')); // of an earlier version, which was killed there
  // The second takes the place of the first, which was killed while it took that of the owner.
  for (const _ of [1, 2]) {
    const taker = fork(program);
    taker.send({ dead, folder });
    expect(await once(taker, 'message')).toEqual([true, undefined]);
    await expect(lockRunFolder(folder)).rejects.toThrow('in use by another process');
    taker.kill('SIGKILL');
    await once(taker, 'exit');
  }
  const unlock = await lockRunFolder(folder);
  expect(readdirSync(folder).sort()).toEqual(['.lock', 'lock.json']);
  await unlock();
});

test('the lock of a process whose pid another now has is taken over', async () => {
  const reused = { ...identityOf(process.pid), started: '1' };
  if (identityOf(process.pid).started === null) return; // this system does not tell
  const unlock = await lockRunFolder(lockedBy(reused));
  expect(unlock).toBeTypeOf('function');
  await unlock();
});

test('the lock of another machine stays', async () => {
  const folder = lockedBy({ pid: await ended(), host: 'elsewhere.example', started: '1' });
  await expect(lockRunFolder(folder)).rejects.toThrow('on elsewhere.example');
});

test('a lock that somebody removes is no error at the end of hours of training', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const folder = newFolder();
    const unlock = await lockRunFolder(folder);
    rmSync(join(folder, '.lock'), { recursive: true });
    vi.advanceTimersByTime(30_000); // the lock is refreshed, and found to be lost
    await pause(200);
    const again = await lockRunFolder(folder);
    await unlock();
    expect(existsSync(join(folder, 'lock.json'))).toBe(true); // that of the second owner
    await again();
  } finally {
    vi.useRealTimers();
  }
});

test('a process whose folder another has taken over writes no more', async () => {
  const folder = newFolder();
  const unlock = await lockRunFolder(folder);
  const { onCompromised } = vi.mocked(lock).mock.lastCall![1]!;
  writeFileSync(
    join(folder, 'lock.json'),
    JSON.stringify({ pid: 7, host: 'elsewhere.example', started: null }),
  );
  expect(() => onCompromised!(new Error('not ours'))).toThrow('process 7 on elsewhere.example');
  writeFileSync(join(folder, 'lock.json'), JSON.stringify(identityOf(process.pid)));
  expect(() => onCompromised!(new Error('removed'))).not.toThrow();
  await unlock();
});

test('this process has not ended', () => {
  expect(hasEnded(identityOf(process.pid))).toBe(false);
});

test('a process that is ending is waited for', async () => {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 500)']);
  const folder = lockedBy(identityOf(child.pid!));
  await expect(lockRunFolder(folder)).rejects.toThrow(`in use by process ${child.pid}`);
  await (
    await lockRunFolder(folder, { patience: 30 })
  )();
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0);
});

test.runIf(process.platform === 'linux')(
  'a process that has ended, of which nobody took note, has ended',
  async () => {
    // The shell starts a process that ends at once, and becomes one that never asks about it.
    const shell = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 30']);
    const [line] = (await once(shell.stdout, 'data')) as [Buffer];
    const pid = Number(String(line));
    while (!/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(hasEnded(identityOf(pid))).toBe(true);
    shell.kill();
  },
);
