import { defineConfig } from 'tsup';

const pieces = [
  'index',
  'attention',
  'classification',
  'embedding',
  'features',
  'model',
  'outliers',
  'probe',
  'reconstruction',
  'retrieval',
];

export default defineConfig({
  entry: pieces.map((name) => `src/${name}.ts`),
  format: ['esm', 'cjs'],
  dts: true,
  sourcemap: true,
  clean: true,
  target: 'es2022',
});
