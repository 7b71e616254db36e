import '@tensorflow/tfjs-backend-cpu';
import type { NdArray } from '@m3ae/tree';
import {
  add,
  engine,
  memory,
  mul,
  reshape,
  scalar,
  setBackend,
  sum,
  tensor1d,
  type Scalar,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile } from '../src/index.js';
import { array } from './support/arrays.js';

type Pair = { readonly a: Tensor; readonly b: Tensor };

const elements = (result: NdArray) => [...result.data];

test('arguments and results are trees, numbers are float32 scalars', async () => {
  const fn = compile((state: { list: Tensor[]; rate: Scalar }, two: Tensor) => ({
    scaled: state.list.map((each) => mul(each, state.rate)),
    two,
    three: 3,
  }));
  const result = await fn({ list: [array([1, 2]), array([[3]].flat())], rate: 0.5 }, 2);
  expect(result.scaled.map(elements)).toEqual([[0.5, 1], [1.5]]);
  expect(result.two).toEqual({ shape: [], data: Float32Array.of(2) });
  expect(result.three).toEqual({ shape: [], data: Float32Array.of(3) });
});

test('int32 and bool keep their types, absent parts stay absent', async () => {
  const fn = compile((x: { ids: Tensor; flags: Tensor; extra?: Tensor }) => ({
    ids: add(x.ids, scalar(1, 'int32')),
    flags: x.flags,
    same: x.flags,
    extra: x.extra,
  }));
  const result = await fn({
    ids: { shape: [2], data: Int32Array.of(4, 5) },
    flags: { shape: [2], data: Uint8Array.of(1, 0) },
  });
  expect(result.ids.data).toEqual(Int32Array.of(5, 6));
  expect(result.flags.data).toEqual(Uint8Array.of(1, 0));
  expect(result.same.data).toEqual(Uint8Array.of(1, 0));
  expect(result.extra).toBeUndefined();
});

test('results that are arguments, constants or one another are arrays of their own', async () => {
  const one = tensorOutside();
  const fn = compile((x: Tensor1D) => {
    const twice = mul(x, 2);
    return { x, twice, again: twice, constant: tensor1d([1, 2, 3]), outside: one };
  });
  const x = array([1, 2, 3]);
  const result = await fn(x);
  expect(Object.values(result).map(elements)).toEqual([
    [1, 2, 3],
    [2, 4, 6],
    [2, 4, 6],
    [1, 2, 3],
    [7, 8],
  ]);
  expect(new Set([x, ...Object.values(result)].map(({ data }) => data.buffer)).size).toBe(6);
});

function tensorOutside(): Tensor {
  void setBackend('cpu');
  return tensor1d([7, 8]);
}

test('it is recorded once for each set of shapes, element types and structure', async () => {
  let recordings = 0;
  const fn = compile((pair: Pair) => {
    recordings += 1;
    return add(pair.a, pair.b);
  });
  await fn({ a: array([1]), b: array([2]) });
  await fn({ a: array([3]), b: array([4]) });
  expect(recordings).toBe(1);
  expect(elements(await fn({ a: array([1, 2]), b: array([2]) }))).toEqual([3, 4]);
  expect(recordings).toBe(2);
  await fn({ a: { shape: [1], data: Int32Array.of(1) }, b: { shape: [1], data: Int32Array.of(1) } });
  expect(recordings).toBe(3);
  expect(elements(await fn({ a: array([5]), b: array([4]) }))).toEqual([9]);
  expect(fn.stats()).toMatchObject({ calls: 5, traces: 3 });
});

test('results are fresh arrays in every call, and arguments stay as they are', async () => {
  const fn = compile((x: Tensor) => mul(x, 2));
  const x = array([1, 2]);
  const first = await fn(x);
  const second = await fn(array([5, 6]));
  expect([first, second, x].map(elements)).toEqual([
    [2, 4],
    [10, 12],
    [1, 2],
  ]);
});

test('a donated state lives in two sets of arrays that swap roles', async () => {
  const step = compile(
    (state: Pair, by: Scalar) => ({
      state: { a: add(state.a, by), b: mul(state.b, 2) },
      total: sum(state.a),
    }),
    { donate: [0] },
  );
  let state: { a: NdArray; b: NdArray } = { a: array([0, 0, 0]), b: array([1, 1]) };
  const seen = new Set<ArrayBufferLike>([state.a.data.buffer]);
  const totals: NdArray[] = [];
  for (let i = 0; i < 6; i++) {
    const next = await step(state, 1);
    state = next.state;
    totals.push(next.total);
    seen.add(state.a.data.buffer);
  }
  expect(elements(state.a)).toEqual([6, 6, 6]);
  expect(elements(state.b)).toEqual([64, 64]);
  expect(totals.flatMap(elements)).toEqual([0, 3, 6, 9, 12, 15]);
  expect(seen.size).toBe(2);
});

test('a donated argument that is not read is room for the results', async () => {
  const step = compile((x: Tensor1D, _room: Pair) => ({ a: mul(x, 2), b: add(x, 1) }), { donate: [1] });
  let room: { a: NdArray; b: NdArray } = { a: array([0, 0]), b: array([0, 0]) };
  const buffers = new Set<ArrayBufferLike>([room.a.data.buffer, room.b.data.buffer]);
  for (const first of [1, 5]) {
    room = await step(array([first, 3]), room);
    expect([room.a, room.b].map(elements)).toEqual([
      [2 * first, 6],
      [first + 1, 4],
    ]);
    for (const { data } of Object.values(room)) buffers.add(data.buffer);
  }
  expect(buffers.size).toBe(2);
});

test('one array at two donated leaves gives no wrong result', async () => {
  const step = compile((state: Pair) => ({ a: add(state.a, 1), b: add(state.b, 2) }), { donate: [0] });
  const zeros = array([0, 0]);
  const first = await step({ a: zeros, b: zeros });
  const second = await step(first);
  const third = await step(second);
  expect([third.a, third.b].map(elements)).toEqual([
    [3, 3],
    [6, 6],
  ]);
});

test('views into one large buffer can be donated', async () => {
  const step = compile((state: Pair) => ({ a: add(state.a, 1), b: add(state.b, state.a) }), { donate: [0] });
  const whole = Float32Array.of(1, 2, 3, 4);
  let state: { a: NdArray; b: NdArray } = {
    a: { shape: [2], data: whole.subarray(0, 2) },
    b: { shape: [2], data: whole.subarray(2) },
  };
  for (let i = 0; i < 4; i++) state = await step(state);
  expect([state.a, state.b].map(elements)).toEqual([
    [5, 6],
    [13, 18],
  ]);
});

test('calls in flight at the same time run one after the other', async () => {
  const fn = compile((x: Tensor) => mul(x, 3), { donate: [0] });
  const results = await Promise.all([1, 2, 3, 4].map((each) => fn(array([each]))));
  expect(results.flatMap(elements)).toEqual([3, 6, 9, 12]);
});

test('two functions can be compiled at the same time', async () => {
  const [double, triple] = [compile((x: Tensor) => mul(x, 2)), compile((x: Tensor) => mul(x, 3))];
  const [a, b] = await Promise.all([double(array([1])), triple(array([1]))]);
  expect([a, b].map(elements)).toEqual([[2], [3]]);
});

test('no tensor is left behind, and the backend is put back', async () => {
  await setBackend('cpu');
  const before = memory().numTensors;
  const fn = compile((x: Tensor) => ({ y: mul(add(x, 1), 2), kept: engine().keep(add(x, 1)) }));
  await fn(array([1]));
  expect(engine().backendName).toBe('cpu');
  expect(memory().numTensors).toBe(before);
  const failing = compile((x: Tensor) => {
    engine().keep(mul(x, 2));
    throw new Error('deliberate');
  });
  await expect(failing(array([1]))).rejects.toThrow('deliberate');
  expect(engine().backendName).toBe('cpu');
  expect(memory().numTensors).toBe(before);
  expect(engine().backendNames()).toEqual(['cpu']);
});

test('it works where no tfjs backend is registered, and leaves none', async () => {
  const backends = engine().backendNames();
  expect(elements(await compile((x: Tensor) => mul(x, 2))(array([4])))).toEqual([8]);
  expect(engine().backendNames()).toEqual(backends);
});

test('empty tensors pass', async () => {
  const fn = compile((x: Tensor) => ({ y: mul(x, 2), total: sum(x), turned: reshape(x, [3, 0]) }));
  const result = await fn({ shape: [0, 3], data: new Float32Array(0) });
  expect(result.y).toEqual({ shape: [0, 3], data: new Float32Array(0) });
  expect(result.turned).toEqual({ shape: [3, 0], data: new Float32Array(0) });
  expect(elements(result.total)).toEqual([0]);
});

test('an option for the number of threads is obeyed and checked', async () => {
  expect(elements(await compile((x: Tensor) => mul(x, 2), { threads: 1 })(array([4])))).toEqual([8]);
  expect(() => compile((x: Tensor) => mul(x, 2), { threads: 0 })).toThrow(
    'threads must be a positive integer; received 0.',
  );
  expect(() => compile((x: Tensor) => mul(x, 2), { threads: 100_000 })).toThrow(
    'threads must be at most 1024; received 100000.',
  );
});

test('after dispose() a call is refused', async () => {
  const fn = compile((x: Tensor) => mul(x, 2), { name: 'double' });
  await fn(array([1]));
  await fn.dispose();
  await expect(fn(array([1]))).rejects.toThrow(
    'double must not be called after dispose(). Compile the function again.',
  );
});

test('places of donated arguments are checked', async () => {
  const fn = compile((x: Tensor) => mul(x, 2), { donate: [0, 3], name: 'double' });
  await expect(fn(array([1]))).rejects.toThrow(
    'donate must be places of arguments of double, from 0 to 0; received 3. Leave out what is not an argument.',
  );
});
