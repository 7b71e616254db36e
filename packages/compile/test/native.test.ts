import '@tensorflow/tfjs-backend-cpu';
import { readFileSync } from 'node:fs';
import type { NdArray } from '@m3ae/tree';
import { add, matMul, mul, sum, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import * as node from 'onnxruntime-node';
import { afterEach, expect, test, vi } from 'vitest';
import { compile, createRunner } from '../src/index.js';
import { testedVersion } from '../src/run/native/library.js';
import { train, step } from './support/train-step.js';

afterEach(() => {
  vi.doUnmock('koffi');
  vi.resetModules();
});

test('package.json asks for just the version that the C API was tested with', () => {
  const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  expect(dependencies['onnxruntime-node']).toBe(testedVersion);
});

test('both bindings give the same bits', async () => {
  const [native, stock] = await Promise.all(
    [{}, { runtime: node }].map((options) =>
      train(compile(step, { donate: [0], threads: 1, ...options }) as never, 5),
    ),
  );
  expect(native).toEqual(stock);
});

test.runIf(process.platform === 'linux')('there is one libonnxruntime in the process', async () => {
  for (const options of [{}, { runtime: node }]) {
    const twice = compile((x: Tensor) => mul(x, 2), options);
    await twice({ shape: [1], data: Float32Array.of(1) });
    await twice.dispose();
  }
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
  const files = maps.flatMap((line) => /\S*\/libonnxruntime\.\S*/.exec(line) ?? []);
  expect(new Set(files).size).toBe(1);
});

test('no result is copied: a step allocates next to nothing', async () => {
  const elements = 4 * 1024 * 1024;
  const update = compile(
    (state: { w: Tensor1D }, rate: Tensor) => ({ w: add(state.w, rate), total: sum(state.w) }),
    { donate: [0] },
  );
  const w = new Float32Array(elements);
  let state: { readonly w: NdArray } = { w: { shape: [elements], data: w } };
  state = { w: (await update(state, 1)).w };
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 5; count++) state = { w: (await update(state, 1)).w };
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024);
  expect(state.w.data).toBe(w);
  expect(w.every((x) => x === 6)).toBe(true);
  await update.dispose();
});

test('the event loop goes on while a graph runs', async () => {
  const side = 1024;
  const power = compile((x: Tensor) => {
    let y = x;
    for (let count = 0; count < 8; count++) y = matMul(y as Tensor2D, x as Tensor2D);
    return y;
  });
  const x = { shape: [side, side], data: new Float32Array(side * side).fill(1 / side) };
  await power(x);
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  await power(x);
  clearInterval(timer);
  await power.dispose();
  expect(turns).toBeGreaterThan(0);
});

test('calls run at the same time, as many as there are sessions, and dispose() waits for them', async () => {
  const { queue } = await import('../src/lock.js');
  for (const lanes of [1, 3]) {
    const inOrder = queue(lanes);
    let now = 0;
    let most = 0;
    const begun: number[] = [];
    const tasks = [0, 1, 2, 3, 4, 5, 6].map((task) =>
      inOrder(async () => {
        begun.push(task);
        most = Math.max(most, ++now);
        await new Promise((done) => setTimeout(done, 1));
        now -= 1;
        if (task === 2) throw new Error('one fails');
        return task;
      }),
    );
    const ended = await Promise.allSettled(tasks);
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect([most, begun]).toEqual([lanes, [0, 1, 2, 3, 4, 5, 6]]);
  }
  const side = 256;
  const square = compile((x: Tensor2D, rate: Tensor) => mul(matMul(x, x), rate), { sessions: 3, threads: 1 });
  const x = { shape: [side, side], data: Float32Array.from({ length: side * side }, (_, i) => (i % 7) - 3) };
  const once = (await square(x, 1)).data;
  const calls = [1, 2, 4, 0.5, 8, 16].map(async (rate) =>
    (await square(x, rate)).data.every((y, i) => y === rate * once[i]!),
  );
  const disposed = square.dispose();
  expect(await Promise.all(calls)).toEqual(calls.map(() => true));
  await disposed;
  expect(square.stats()).toMatchObject({ calls: 7, traces: 1 });
  await expect(square(x, 1)).rejects.toThrow('dispose()');
});

test('an error of the runtime arrives as one, and the next call works', async () => {
  const { nativeApi } = await import('../src/run/native/library.js');
  const { nativeBinding } = await import('../src/run/native/binding.js');
  const binding = nativeBinding(await nativeApi());
  const open = binding.open(Uint8Array.of(1, 2, 3), {} as never, { device: 'cpu' });
  await expect(open).rejects.toThrow(/CreateSessionFromArray/);
  const twice = compile((value: Tensor) => mul(value, 2));
  expect((await twice({ shape: [1], data: Float32Array.of(2) })).data).toEqual(Float32Array.of(4));
});

test.each([
  [
    'does not load',
    () => ({
      default: {
        config: () => ({ async_stack_size: 2 ** 24, sync_stack_size: 2 ** 24 }),
        load: () => {
          throw new Error('cannot be opened');
        },
      },
    }),
    'cannot be opened',
  ],
  ['is empty, as in a browser', () => ({ default: {} }), 'koffi does not exist here'],
])('where koffi %s, the stock binding is used and one note says so', async (_, module, reason) => {
  vi.resetModules();
  vi.doMock('koffi', module);
  const { createRunner: fresh } = (await import('../src/index.js')) as { createRunner: typeof createRunner };
  const notes: string[] = [];
  const runner = fresh({ onNote: (note) => notes.push(note) });
  for (const name of ['first', 'second']) {
    const program = runner<NdArray>(name, (x: Tensor) => mul(x, 2));
    expect(await program.run({ shape: [1], data: Float32Array.of(3) })).toEqual({
      shape: [1],
      data: Float32Array.of(6),
    });
    await program.dispose();
  }
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain(reason);
});

test('another version of the library is refused with both numbers', async () => {
  vi.resetModules();
  vi.doMock('../src/run/native/api.js', () => ({ loadApi: () => ({ version: '1.99.0' }) }));
  const { nativeApi } = await import('../src/run/native/library.js');
  await expect(nativeApi()).rejects.toThrow(`onnxruntime-node must be ${testedVersion}; found 1.99.0`);
  vi.doUnmock('../src/run/native/api.js');
});
