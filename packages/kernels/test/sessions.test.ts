import '@tensorflow/tfjs-backend-cpu';
import { exp, matMul, sum, type Tensor2D } from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { compile } from '../../compile/src/index.js';
import { loadApi } from '../../compile/src/run/native/api.js';
import { loadKoffi } from '../../compile/src/run/native/library.js';
import { findKernels } from '../src/index.js';

/** What `loadKernels` does, on a thread of its own. */
const sharing = `
  const { parentPort, workerData } = require('node:worker_threads');
  const koffi = require(workerData.koffi);
  const base = koffi.decode(koffi.load(workerData.runtime).func('void* OrtGetApiBase()')(), 'void*', 2);
  const table = koffi.decode(base[0], koffi.proto('void*', ['uint32_t']))(14);
  const environment = [null];
  koffi.decode(koffi.decode(table, 'void*', 4)[3], koffi.proto('void* (int, const char*, _Out_ void**)'))(3, 'm3ae', environment);
  const share = koffi.load(workerData.kernels).func('void* m3ae_kernels_share_memory(const void*, void*)');
  parentPort.postMessage(share(table, environment[0]) === null);
`;

describe.runIf(findKernels() !== undefined && process.platform === 'linux')('memory of sessions', () => {
  test('that is not there is an error', async () => {
    const length = 3_000_000; // squared, 33 TiB
    const fn = (a: Tensor2D, b: Tensor2D) => sum(exp(matMul(a, b)), 0);
    const run = compile(fn as never, { precision: 'float32' });
    const data = new Float32Array(length);
    await expect(run({ shape: [length, 1], data }, { shape: [1, length], data })).rejects.toThrow(
      'bad_alloc',
    );
    await run.dispose();
  });

  test('stays when the thread has ended that shared it', async () => {
    const from = createRequire(new URL('../../compile/src/index.ts', import.meta.url));
    const folder = dirname(from.resolve('onnxruntime-node/package.json'));
    const runtime = join(folder, 'bin/napi-v6/linux', process.arch, 'libonnxruntime.so.1');
    loadApi(await loadKoffi(), runtime);
    const workerData = { koffi: from.resolve('koffi'), runtime, kernels: findKernels() };
    const share = () =>
      new Promise((resolve, reject) => {
        let answer: unknown;
        const worker = new Worker(sharing, { eval: true, workerData });
        worker.on('message', (message) => (answer = message));
        worker.on('error', reject).on('exit', () => resolve(answer));
      });
    expect([await share(), await share()]).toEqual([true, true]);
    expect(await Promise.all([share(), share(), share()])).toEqual([true, true, true]);
  });
});
