import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const packages = fileURLToPath(new URL('./packages/', import.meta.url));

/** Our own packages resolve to their source, so a test never runs against a stale build. */
const fromSource = {
  name: 'm3ae-from-source',
  enforce: 'pre' as const,
  resolveId(id: string) {
    const match = /^@m3ae\/([a-z]+)(?:\/([a-z0-9-]+))?$/.exec(id);
    if (!match) return null;
    const file = `${packages}${match[1]}/src/${match[2] ?? 'index'}.ts`;
    return existsSync(file) ? file : null;
  },
};

export default defineConfig({
  plugins: [fromSource],
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
  },
});
