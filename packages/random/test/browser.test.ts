import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import * as random from '../src/index.js';

const source = fileURLToPath(new URL('../src/index.ts', import.meta.url));

test('bundled for a browser and run without any global of Node, the numbers are the same', async () => {
  const options = { bundle: true, write: false, platform: 'browser', format: 'iife' } as const;
  const { outputFiles } = await build({
    ...options,
    entryPoints: [source],
    globalName: 'random',
    minify: true,
  });
  const context = createContext({});
  const draws = `({ key, foldIn, split, bits, uniform, normal, permutation, randomInteger }) =>
    JSON.stringify([
      split(foldIn(key(-5n), 3), 3), ...bits(key(1), 50), ...uniform(key(2), 50), ...normal(key(3), 50),
      ...permutation(key(4), 50), ...randomInteger(key(5), 50, -7, 1000),
    ])`;
  const inBrowser = runInContext(`${outputFiles[0]!.text}\n(${draws})(random)`, context) as string;
  const inNode = (runInContext(`(${draws})`, context) as (module: typeof random) => string)(random);
  expect(inBrowser).toBe(inNode);
  expect(outputFiles[0]!.text.length).toBeLessThan(6000); // bytes, minified: all of the package
});
