import { defineConfig } from 'tsup';

/** Keeps the vocabulary a file of its own, which both entries share, instead of a copy in each. */
const vocabularyApart = {
  name: 'vocabulary-apart',
  setup(build: {
    initialOptions: { format?: string };
    onResolve: (
      options: { filter: RegExp },
      resolve: (found: { kind: string }) => { path: string; external: true } | undefined,
    ) => void;
  }) {
    const extension = build.initialOptions.format === 'cjs' ? 'cjs' : 'js';
    build.onResolve({ filter: /\/bert-vocabulary\.js$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: `./bert-vocabulary.${extension}`, external: true },
    );
  },
};

export default defineConfig({
  entry: ['src/index.ts', 'src/bert-vocabulary.ts', 'src/clip.ts'],
  format: ['esm', 'cjs'],
  dts: true,
  sourcemap: true,
  clean: true,
  target: 'es2022',
  esbuildPlugins: [vocabularyApart],
});
