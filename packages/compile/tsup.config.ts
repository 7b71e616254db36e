import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  dts: true,
  sourcemap: true,
  clean: true,
  target: 'es2022',
  // import.meta.url, by which the .wasm files are found, in the CommonJS build too.
  shims: true,
  // ES module syntax that Node cannot load from where it lies; it shares tfjs's global engine and gradient registry.
  noExternal: [/^@tensorflow\/tfjs-core\/dist\//],
});
