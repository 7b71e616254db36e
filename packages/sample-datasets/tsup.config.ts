import { defineConfig } from 'tsup';

export default defineConfig({
  // The reader of scenes is a script of its own: worker threads import it.
  entry: { index: 'src/index.ts', specs: 'src/specs.ts', 'scene-reader': 'src/scenes/reader.ts' },
  format: ['esm', 'cjs'],
  dts: { entry: { index: 'src/index.ts', specs: 'src/specs.ts' } },
  sourcemap: true,
  clean: true,
  shims: true,
  target: 'es2022',
});
