import { expect, test } from 'vitest';
import { bundleForBrowser } from './bundle.js';

const bundleOf = (specifier: string, external: string[] = []) =>
  bundleForBrowser({
    stdin: { contents: `export * from '${specifier}';`, resolveDir: import.meta.dirname },
    external,
  });

test.each([
  '@m3ae/random',
  '@m3ae/tree',
  '@m3ae/preprocess',
  '@m3ae/preprocess/bert-vocabulary',
  '@m3ae/preprocess/clip',
  '@m3ae/masking',
  '@m3ae/mixing',
  '@m3ae/checkpoint',
  '@m3ae/losses',
  '@m3ae/optim',
  '@m3ae/transformer',
  '@m3ae/compile',
  '@m3ae/weights',
  '@m3ae/weights/onnx',
  '@m3ae/evaluation',
  '@m3ae/evaluation/attention',
  '@m3ae/evaluation/classification',
  '@m3ae/evaluation/embedding',
  '@m3ae/evaluation/features',
  '@m3ae/evaluation/outliers',
  '@m3ae/evaluation/probe',
  '@m3ae/evaluation/reconstruction',
  '@m3ae/evaluation/retrieval',
])('%s bundles for a browser: nothing of Node in it', async (specifier) => {
  // `.require(` is a method of @m3ae/errors, and `require(valid, path` its definition.
  expect(await bundleOf(specifier)).not.toMatch(/(?<!\.)\brequire\((?!valid, path)|\bfrom ?"node:/);
});

test.each(['@m3ae/checkpoint/files', '@m3ae/weights/files', '@m3ae/datasets', '@m3ae/evaluation/model'])(
  '%s does not: it is for Node',
  async (specifier) => {
    await expect(bundleOf(specifier)).rejects.toThrow(/Could not resolve "(node:|fs|stream|sharp)/);
  },
);

test('the tokenizer for other vocabularies leaves the BERT vocabulary out', async () => {
  const contents = `export { tokenizerFromPieces } from '@m3ae/preprocess';`;
  const stdin = { contents, resolveDir: import.meta.dirname };
  const text = await bundleForBrowser({ stdin, minify: true, treeShaking: true });
  expect(text).not.toContain('[unused99]');
});
