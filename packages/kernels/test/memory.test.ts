import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findKernels } from '../src/index.js';

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Elsewhere pages cannot be moved, and some lie unused between blocks.
test.runIf(findKernels() !== undefined && process.platform === 'linux')(
  'blocks are apart, and no more is held than was alive at a time',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'm3ae-memory-'));
    try {
      const program = join(folder, 'memory');
      const sources = [fileOf('./memory.c'), fileOf('../native/memory.c')];
      execFileSync(process.env.CC ?? 'cc', ['-O2', '-o', program, ...sources, '-lpthread']);
      const [alive, held] = execFileSync(program, ['20000'], { encoding: 'utf8' }).split(' ').map(Number);
      expect(alive).toBeGreaterThan(20_000);
      // Lengths are rounded up to 64 KiB; beside them stands the program itself.
      expect(held! / alive!).toBeLessThan(1.15);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
