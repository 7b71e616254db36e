import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findKernels } from '../src/index.js';

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Compiles a program with the library's memory, and runs it. */
function run(main: string, options: readonly string[] = [], args: readonly string[] = []): string {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-memory-'));
  try {
    const program = join(folder, 'memory');
    const sources = [fileOf(`./${main}`), fileOf('../native/memory.c')];
    execFileSync(process.env.CC ?? 'cc', ['-O2', ...options, '-o', program, ...sources, '-lpthread']);
    return execFileSync(program, args, { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Elsewhere pages cannot be moved, and some lie unused between blocks.
describe.runIf(findKernels() !== undefined && process.platform === 'linux')('memory', () => {
  test('blocks are apart, and no more is held than was alive at a time', () => {
    const [alive, held] = run('memory.c', [], ['20000']).split(' ').map(Number);
    expect(alive).toBeGreaterThan(20_000);
    // Lengths are rounded up to 64 KiB; beside them stands the program itself.
    expect(held! / alive!).toBeLessThan(1.15);
  });

  test('moves no pages of several mappings at once, for which older systems unmap the destination', () => {
    const older = [fileOf('./older-linux.c'), '-Wl,--wrap=mremap'];
    expect(run('memory.c', older, ['3000']).split(' ')).toHaveLength(2);
  });

  test('pages are moved only while the process has few mappings', () => {
    const mappings = Number(run('mappings.c', ['-DMOST_MAPPINGS=320']));
    expect(mappings).toBeGreaterThan(100);
    expect(mappings).toBeLessThan(640);
  });

  test('what is kept is given back where there is no other memory; a length beyond all is refused', () => {
    expect(run('no-memory.c')).toBe('fine\n');
  });
});
