import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { defineConfig } from 'tsup';

/** The studies of the repository are presets of the package; their results stay behind. */
function copyStudies(): void {
  const files = readdirSync('../../studies', { recursive: true, encoding: 'utf8' });
  mkdirSync('dist/studies', { recursive: true });
  for (const file of files.filter((name) => /[/\\]study-[^/\\]*\.ts$/.test(name)))
    cpSync(`../../studies/${file}`, `dist/studies/${basename(file)}`);
}

export default defineConfig({
  entry: ['src/index.ts', 'src/cli.ts'],
  format: ['esm'],
  dts: { entry: ['src/index.ts'] },
  sourcemap: true,
  clean: true,
  target: 'es2022',
  onSuccess: async () => copyStudies(),
});
