import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findKernels } from '../src/index.js';

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Where the processor has AMX, matmul.test.ts runs it on its own tiles.
test.runIf(findKernels() !== undefined && process.platform === 'linux' && process.arch === 'x64')(
  'products by AMX, its tiles in software, are those of double precision',
  (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'm3ae-amx-'));
    try {
      const program = join(folder, 'amx');
      const sources = [fileOf('./amx.c'), fileOf('../native/avx512.c')];
      execFileSync(process.env.CC ?? 'cc', ['-O2', '-o', program, ...sources, '-lm']);
      const printed = execFileSync(program, { encoding: 'utf8' }).trim();
      if (printed === 'no bf16') context.skip('this processor has no bf16');
      expect(Number(printed)).toBe(0); // operands that bf16 holds, and sums that float32 does
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
