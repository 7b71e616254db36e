import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  dts: true,
  sourcemap: true,
  clean: true,
  target: 'es2022',
  // Bundlers for browsers leave these out by the "browser" field of package.json, which names them with their prefix.
  removeNodeProtocol: false,
  esbuildOptions(options) {
    // The CommonJS build has __filename instead.
    options.logOverride = { 'empty-import-meta': 'silent' };
  },
  external: ['koffi', '@m3ae/kernels'],
  // ES module syntax that Node cannot load from where it lies; it shares tfjs's global engine and gradient registry.
  noExternal: [/^@tensorflow\/tfjs-core\/dist\//],
});
