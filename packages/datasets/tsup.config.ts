import { defineConfig } from 'tsup';

export default defineConfig({
  // The worker is a script of its own: a thread is started from a file.
  entry: ['src/index.ts', 'src/worker.ts'],
  format: ['esm', 'cjs'],
  dts: { entry: 'src/index.ts' },
  sourcemap: true,
  clean: true,
  shims: true,
  target: 'es2022',
});
