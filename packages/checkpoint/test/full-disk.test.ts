import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { latestCheckpoint, loadCheckpoint, saveCheckpoint, writeJson, readJson } from '../src/files.js';
import { someTrees, temporaryFolder } from './support.js';

/** A disk with so many bytes left, and a diary of what reached it. */
const { disk, name, full } = vi.hoisted(() => ({
  disk: { bytesLeft: Infinity, mostAtOnce: Infinity, failSync: false, diary: [] as string[] },
  name: (path: string) => path.split('/').at(-1)!,
  full: () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
}));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    open: async (path: string, flags: string) => {
      const file = await real.open(path, flags);
      const write = file.write.bind(file) as (
        b: Uint8Array,
        o: number,
        l: number,
      ) => Promise<{ bytesWritten: number }>;
      const sync = file.sync.bind(file);
      return Object.assign(file, {
        // As the kernel does: what fits is written, and the next call fails.
        write: async (bytes: Uint8Array, offset: number, length: number) => {
          const fits = Math.min(length, disk.bytesLeft, disk.mostAtOnce);
          if (fits === 0) throw full();
          disk.bytesLeft -= fits;
          return write(bytes, offset, fits);
        },
        sync: async () => {
          if (disk.failSync) throw full();
          disk.diary.push(`sync ${name(path)}`);
          return sync();
        },
      });
    },
    rename: async (from: string, to: string) => {
      disk.diary.push(`rename ${name(from)} ${name(to)}`);
      return real.rename(from, to);
    },
  };
});

beforeEach(() =>
  Object.assign(disk, { bytesLeft: Infinity, mostAtOnce: Infinity, failSync: false, diary: [] }),
);

const checkpoint = (step: number) => ({ step, trees: someTrees(step), state: { step } });

test('a full disk at any byte leaves the earlier checkpoint, no rubbish, and one clear error', async () => {
  const run = await temporaryFolder();
  const first = await saveCheckpoint(run, checkpoint(1));
  const names = await readdir(first);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(first, name))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  for (let bytesLeft = 0; bytesLeft < total; bytesLeft += 71) {
    disk.bytesLeft = bytesLeft;
    await expect(saveCheckpoint(run, checkpoint(2))).rejects.toThrow(
      `${join(run, 'checkpoints', 'step-00000002')} must be writable; received ENOSPC. ` +
        'The disk is full: free space, or choose another folder. ' +
        'This checkpoint needs 1 kB. Earlier checkpoints are intact.',
    );
    expect(await readdir(join(run, 'checkpoints'))).toEqual(['step-00000001']);
  }
  expect((await loadCheckpoint(first)).state).toEqual({ step: 1 });
  disk.bytesLeft = Infinity;
  await saveCheckpoint(run, checkpoint(2));
  expect((await latestCheckpoint(run))?.step).toBe(2);
});

test('a disk that reports its trouble only at fsync is no different', async () => {
  const run = await temporaryFolder();
  disk.failSync = true;
  await expect(saveCheckpoint(run, checkpoint(2))).rejects.toThrow('must be writable; received ENOSPC.');
  expect(await readdir(join(run, 'checkpoints'))).toEqual([]);
});

test('an earlier save of the same step outlives a failed one', async () => {
  const run = await temporaryFolder();
  const folder = await saveCheckpoint(run, checkpoint(1));
  disk.bytesLeft = 300;
  await expect(saveCheckpoint(run, { ...checkpoint(1), state: 'new' })).rejects.toThrow('ENOSPC');
  expect((await loadCheckpoint(folder)).state).toEqual({ step: 1 });
});

test('JSON: a full disk leaves the old file', async () => {
  const path = join(await temporaryFolder(), 'config.json');
  await writeJson(path, { version: 1 });
  disk.bytesLeft = 5;
  await expect(writeJson(path, { version: 2 })).rejects.toThrow('received ENOSPC. The disk is full');
  expect(await readJson(path)).toEqual({ version: 1 });
  expect(await readdir(join(path, '..'))).toEqual(['config.json']);
});

test('writes that the kernel cuts short are completed', async () => {
  disk.mostAtOnce = 7;
  const folder = await saveCheckpoint(await temporaryFolder(), checkpoint(3));
  expect((await loadCheckpoint(folder)).state).toEqual({ step: 3 });
});

test('every file is on the disk before the name appears, and the name before the promise resolves', async () => {
  await saveCheckpoint(await temporaryFolder(), checkpoint(3));
  expect(disk.diary).toEqual([
    'sync model.safetensors',
    'sync optimizer.safetensors',
    'sync state.json',
    'sync .step-00000003.partial',
    'rename .step-00000003.partial step-00000003',
    'sync checkpoints',
  ]);
});
