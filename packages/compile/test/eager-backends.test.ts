import { relu, type Tensor } from '@tensorflow/tfjs-core';
import { afterEach, expect, test, vi } from 'vitest';
import { eager } from '../src/index.js';
import { floats } from './support/arrays.js';

afterEach(() => void vi.doUnmock('@tensorflow/tfjs-node'));

test('a backend whose package is there but does not load says why', async () => {
  vi.doMock('@tensorflow/tfjs-node', () => {
    throw new Error("Cannot find module './tfjs_binding.node'\nRequire stack: …");
  });
  const run = eager((x: Tensor) => relu(x), { backend: 'tensorflow' });
  await expect(run(floats([2]))).rejects.toThrow(
    /^backend tensorflow must load; its package is installed, but failed with: .*Run: npm rebuild @tensorflow\/tfjs-node, or use another backend\.$/,
  );
});
