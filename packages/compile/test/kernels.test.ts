import '@tensorflow/tfjs-backend-cpu';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKernels } from '@m3ae/kernels';
import { mul, type Tensor } from '@tensorflow/tfjs-core';
import * as node from 'onnxruntime-node';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { compile, createRunner } from '../src/index.js';
import { loadKoffi, explainAbsence, inspectKernels } from '../src/run/native/library.js';

afterEach(() => {
  vi.doUnmock('@m3ae/kernels');
  vi.resetModules();
});

const x = { shape: [1], data: Float32Array.of(3) };

describe('a library that cannot be used is refused by its name', () => {
  test.runIf(findKernels())('where it has another version', async () => {
    const koffi = await loadKoffi();
    expect(() => inspectKernels(koffi, findKernels()!, '99.0.0')).toThrow(
      /libm3ae_kernels\.so must be of version 99\.0\.0; it is of 0\.0\.0/,
    );
  });

  test('where it does not load', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'm3ae-kernels-')), 'libm3ae_kernels.so');
    writeFileSync(path, 'no library');
    const koffi = await loadKoffi();
    expect(() => inspectKernels(koffi, path, '0.0.0')).toThrow(`${path} does not load`);
  });
});

test('where the package is absent, it says how to install it', () => {
  const missing = (name: string) =>
    Object.assign(new Error(`Cannot find package '${name}' imported from node_modules/@m3ae/kernels/a.js`), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
  expect(String(explainAbsence(missing('@m3ae/kernels')))).toMatch(
    /not installed.*npm install @m3ae\/kernels/,
  );
  const other = missing('koffi');
  expect(explainAbsence(other)).toBe(other);
});

describe('without a library', () => {
  const fresh = async () => {
    vi.resetModules();
    vi.doMock('@m3ae/kernels', () => ({ findKernels: () => undefined, kernelsVersion: '0.0.0' }));
    return (await import('../src/index.js')) as { createRunner: typeof createRunner };
  };

  test('bf16 asked for is an error that says how to build it', async () => {
    const { createRunner: create } = await fresh();
    const program = create({ precision: 'bf16' })('double', (v: Tensor) => mul(v, 2));
    await expect(program.run(x)).rejects.toThrow(
      /precision must be .*npx @m3ae\/kernels.*received bf16.*'auto'/s,
    );
  });

  test("'auto' computes in float32 and one note says so", async () => {
    const { createRunner: create } = await fresh();
    const notes: string[] = [];
    const runner = create({ precision: 'auto', onNote: (note) => notes.push(note) });
    for (const name of ['first', 'second']) {
      const program = runner<typeof x>(name, (v: Tensor) => mul(v, 2));
      expect((await program.run(x)).data).toEqual(Float32Array.of(6));
      expect(program.preparation()).toMatchObject({ precision: 'float32' });
    }
    expect(notes).toEqual([expect.stringContaining('npx @m3ae/kernels')]);
  });
});

test.each<[string, object]>([
  ['a given runtime', { runtime: node }],
  ['a GPU', { device: 'webgpu' }],
])('bf16 is refused for %s', async (_, options) => {
  const error = await compile((v: Tensor) => mul(v, 2), { precision: 'bf16', ...options })(x).catch(
    (e: unknown) => e,
  );
  expect(
    faultsOf(() => {
      throw error;
    }),
  ).toMatchObject([{ path: 'precision', received: 'bf16' }]);
});

test('unknown precisions and kernels are refused together', () => {
  const options = { precision: 'fp16', kernels: 'all' } as never;
  expect(faultsOf(() => compile((v: Tensor) => mul(v, 2), options)).map(({ path }) => path)).toEqual([
    'precision',
    'kernels',
  ]);
});
