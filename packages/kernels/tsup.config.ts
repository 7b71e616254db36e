import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  dts: true,
  sourcemap: true,
  clean: true,
  target: 'es2022',
  esbuildOptions(options) {
    // The CommonJS build has __filename instead.
    options.logOverride = { 'empty-import-meta': 'silent' };
  },
});
