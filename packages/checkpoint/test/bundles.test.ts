import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { listCheckpoints, loadCheckpoint } from '../src/files.js';
import { temporaryFolder } from './support.js';

const source = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const bundle = (entry: string, platform: 'browser' | 'node', outfile: string) =>
  build({
    entryPoints: [source(entry)],
    alias: {
      '@m3ae/errors': source('../errors/src/index.ts'),
      '@m3ae/tree': source('../tree/src/index.ts'),
    },
    bundle: true,
    format: 'esm',
    platform,
    outfile,
    logLevel: 'silent',
  });

test('the root export bundles for a browser: nothing of Node in it', async () => {
  const folder = await temporaryFolder();
  await bundle('src/index.ts', 'browser', join(folder, 'index.js'));
  await expect(bundle('src/files.ts', 'browser', join(folder, 'files.js'))).rejects.toThrow('node:');
});

/** Saves step after step until it is killed. */
const endlessSaver = `
import { saveCheckpoint } from './files.mjs';
const length = 300000;
for (let step = Number(process.argv[3]); ; step++) {
  const fill = (value) => ({ shape: [length], data: new Float32Array(length).fill(value) });
  const trees = { model: { a: fill(step), b: fill(step) }, optimizer: { c: fill(step) } };
  await saveCheckpoint(process.argv[2], { step, trees, state: { step } }, { keepLast: 2, keepBest: 0 });
  process.stdout.write('saved');
}`;

test('kill -9 at any moment leaves only whole checkpoints', async () => {
  const folder = await temporaryFolder();
  const run = join(folder, 'run');
  await bundle('src/files.ts', 'node', join(folder, 'files.mjs'));
  await writeFile(join(folder, 'saver.mjs'), endlessSaver);
  const start = (...rest: string[]): ChildProcess =>
    spawn(process.execPath, [join(folder, 'saver.mjs'), run, ...rest]);
  let newest = 0;
  for (let round = 0; round < 8; round++) {
    const child = start(String(newest + 1));
    await once(child.stdout!, 'data');
    await new Promise((resolve) => setTimeout(resolve, 17 * round)); // anywhere in the next saves
    child.kill('SIGKILL');
    await once(child, 'exit');
    const entries = await listCheckpoints(run);
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) {
      const { step, trees, state } = await loadCheckpoint(entry.folder);
      expect(state).toEqual({ step });
      expect(trees.model!.b!.data.every((value) => value === step)).toBe(true);
    }
    expect(entries.at(-1)!.step).toBeGreaterThanOrEqual(newest);
    newest = entries.at(-1)!.step;
  }
  expect(newest).toBeGreaterThanOrEqual(8);
});
