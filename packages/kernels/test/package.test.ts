import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { inspectKernels, loadKoffi } from '../../compile/src/run/native/library.js';
import { findKernels, kernelsVersion } from '../src/index.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const build = (...args: readonly string[]) =>
  execFileSync(process.execPath, [join(root, 'packages/kernels/build.mjs'), ...args], { encoding: 'utf8' });

test.runIf(findKernels() !== undefined)('a package to publish holds a library that loads', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-kernels-'));
  try {
    build('--package', folder);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const { platform, arch } = process;
    expect(manifest).toMatchObject({
      name: `@m3ae/kernels-${platform}-${arch}`,
      version: kernelsVersion,
      os: [platform],
      cpu: [arch],
    });
    const [file] = manifest.files as string[];
    const packed = inspectKernels(await loadKoffi(), join(folder, file!), kernelsVersion);
    const own = inspectKernels(await loadKoffi(), findKernels()!, kernelsVersion);
    expect(packed.bf16).toBe(own.bf16);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the release builds each package that is published, and names them all', () => {
  const workflow = readFileSync(join(root, '.github/workflows/release.yml'), 'utf8');
  const built = [...workflow.matchAll(/platform: ([\w-]+)/g)].map(([, platform]) => platform);
  const named = build('--names').trim().split('\n');
  expect(named).toEqual(
    built.map((platform) => `optionalDependencies.@m3ae/kernels-${platform}=${kernelsVersion}`),
  );
});
