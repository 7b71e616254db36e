import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

/** Our own packages resolve to their source, so a test never runs against a stale build. */
const fromSource = {
  name: 'm3ae-from-source',
  enforce: 'pre' as const,
  resolveId(id: string) {
    const match = /^@m3ae\/([a-z-]+)(?:\/([a-z0-9-]+))?$/.exec(id);
    if (!match) return null;
    const files = ['packages', 'apps'].map(
      (group) => `${root}${group}/${match[1]}/src/${match[2] ?? 'index'}.ts`,
    );
    return files.find((file) => existsSync(file)) ?? null;
  },
};

/** tfjs's gradients as one module, as in our build: transforming their 200 files costs seconds in every test file. */
const gradients = '@tensorflow/tfjs-core/dist/register_all_gradients';
const bundledGradients = {
  name: 'm3ae-bundled-gradients',
  enforce: 'pre' as const,
  resolveId: (id: string) => (id === gradients ? `\0${gradients}` : null),
  async load(id: string) {
    if (id !== `\0${gradients}`) return null;
    const entryPoints = [createRequire(import.meta.url).resolve(`${gradients}.js`)];
    const { outputFiles } = await build({
      entryPoints,
      bundle: true,
      format: 'esm',
      write: false,
      logLevel: 'error',
    });
    return outputFiles[0]!.text;
  },
};

export default defineConfig({
  plugins: [fromSource, bundledGradients],
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'tests/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
  },
});
