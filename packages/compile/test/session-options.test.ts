import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { add, scalar, type Tensor } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { compile } from '../src/index.js';
import { usualThreads } from '../src/run/runtime.js';

const onLinux = process.platform === 'linux';
beforeEach(() => void vi.stubEnv('OMP_NUM_THREADS', undefined));
afterEach(() => void vi.unstubAllEnvs());

it.each(['3', '0', '-1', '2,4', ''])('OMP_NUM_THREADS %j counts where it is a number', async (text) => {
  const untold = await usualThreads();
  vi.stubEnv('OMP_NUM_THREADS', text);
  expect(await usualThreads()).toBe(text === '3' ? 3 : untold);
});

it.runIf(onLinux)('there is a thread for each core that util-linux counts', async () => {
  // A line a processor that is switched on, with the number of its core and of its socket.
  const lines = execFileSync('lscpu', ['-p=CORE,SOCKET'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(await usualThreads()).toBe(Math.min(new Set(lines).size, availableParallelism()));
});

it.runIf(onLinux)('a session has as many threads as one that is told their number', async () => {
  const threadsHere = () => readdirSync('/proc/self/task').length;
  const compiled = async (threads?: number) => {
    const fn = compile((x: Tensor) => add(x, scalar(1)), { ...(threads !== undefined && { threads }) });
    await fn({ shape: [1], data: new Float32Array(1) });
    return fn;
  };
  const first = await compiled(1); // Starts what a process has once.
  const before = threadsHere();
  const untold = await compiled();
  const added = threadsHere() - before;
  const told = await compiled(await usualThreads());
  expect(threadsHere() - before - added).toBe(added);
  for (const fn of [first, untold, told]) await fn.dispose();
});
