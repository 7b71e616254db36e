import '@tensorflow/tfjs-backend-cpu';
import { isInvalidInput } from '@m3ae/errors';
import { scalarArray } from '@m3ae/tree';
import { matMul, mean, mul, type Scalar, stack, sum, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { compile, eager, exportOnnx, toOnnx, valueAndGradients } from '../src/index.js';
import { array } from './support/arrays.js';

/** As JavaScript calls them: without types. */
type Untyped = (...args: unknown[]) => Promise<unknown>;

const twice = (x: Tensor) => mul(x, 2);
const product = (a: Tensor, b: Tensor) => matMul(a, b);

/** Faults that a promise is rejected with. */
async function faultsOfCall(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toSatisfy(isInvalidInput);
  return isInvalidInput(error) ? error.faults : [];
}

const ways: [string, (fn: never) => Untyped][] = [
  ['compile', (fn) => compile(fn) as Untyped],
  ['eager', (fn) => eager(fn, { backend: 'cpu' }) as Untyped],
  [
    'toOnnx',
    (fn) =>
      (...args) =>
        toOnnx(fn, args as never),
  ],
];

describe.each(ways)('arguments of %s', (_, way) => {
  const call = (fn: unknown, ...args: unknown[]) => faultsOfCall(way(fn as never)(...args));
  const float64 = { shape: [1], data: new Float64Array(1) };

  test.each<[string, unknown, string, RegExp]>([
    ['a list of numbers', [1, 2, 3], '0', /ndArray.*\[3\].*scalarArray/],
    ['nothing', undefined, '0', /Pass what/],
    ['an array without a shape', Float32Array.of(1, 2), '0', /ndArray/],
    ['double precision', float64, '0', /Float32Array/],
    ['elements in a plain list', { shape: [1], data: [1] }, '0', /Float32Array/],
    ['a tensor', tensor1d([1, 2]), '0', /data\(\)/],
    ['a promise', Promise.resolve(array([1])), '0', /Await/],
    ['a map', new Map([['x', array([1])]]), '0', /fromEntries/],
    ['text in a record', { name: 'cosine' }, '0.name', /Close over/],
    ['null in a list', [array([1]), null], '0.1', /Close over/],
    ['too many elements', { shape: [2], data: Float32Array.of(1, 2, 3) }, '0.data', /ndArray/],
    ['a broken shape', { shape: [1.5, 2], data: Float32Array.of(1, 2, 3) }, '0.shape', /\[\]/],
    ['a negative shape', { shape: [-1], data: new Float32Array(0) }, '0.shape', /\[\]/],
  ])('%s is refused', async (_name, argument, path, remedy) => {
    const [fault, ...others] = await call(twice, argument);
    expect(others).toEqual([]);
    expect(fault).toMatchObject({ path, remedy: expect.stringMatching(remedy) as string });
  });

  test('all faults are told at once', async () => {
    const paths = (await call(product, { a: 'x', b: [null] }, 'y')).map(({ path }) => path);
    expect(paths).toEqual(['0.a', '0.b.0', '1']);
  });

  test('the second argument may be the one that is lacking', async () => {
    expect(await call(product, array([1], [1, 1]))).toMatchObject([{ path: '1' }]);
  });

  test('a list of scalars is taken', async () => {
    const total = (list: Tensor[]) => sum(stack(list));
    await expect(way(total as never)([1, 2, 3].map(scalarArray))).resolves.toBeDefined();
  });
});

test.each<[string, () => unknown, string[]]>([
  ['no function', () => compile(undefined as never), ['fn']],
  ['null as options', () => compile(twice, null as never), ['options']],
  [
    'unknown and wrong options',
    () => compile(twice, { thread: 2, donate: 0 } as never),
    ['thread', 'donate'],
  ],
  ['eager without options', () => eager(twice, undefined as never), ['backend']],
  ['eager without a function', () => eager(array([1]) as never, { backend: 'cpu' }), ['fn']],
  [
    'host arrays as parameters',
    () => valueAndGradients(() => ({ value: mean(1) as Scalar }), { w: array([1]) } as never),
    ['params.w'],
  ],
  [
    'a function that returns the scalar itself',
    () => valueAndGradients(((w: Tensor) => sum(w)) as never, tensor1d([1])),
    ['result of fn'],
  ],
])('%s is refused', (_, call, paths) => {
  expect(faultsOf(call).map(({ path }) => path)).toEqual(paths);
});

test('a list of tensors where the function takes one is refused while recording', async () => {
  const call = compile(twice, { name: 'twice' }) as Untyped;
  expect(await faultsOfCall(call([array([1]), array([2])]))).toMatchObject([
    { path: 'each operand in twice' },
  ]);
});

test('wrong arguments of a file are refused', async () => {
  expect(await faultsOfCall(toOnnx(twice, array([1]) as never))).toMatchObject([{ path: 'examples' }]);
  expect(await faultsOfCall(exportOnnx(twice, [array([1])], undefined as never))).toMatchObject([
    { path: 'path' },
  ]);
  expect(await faultsOfCall(toOnnx(twice, [array([1])], { standardonly: true } as never))).toMatchObject([
    { remedy: 'Did you mean standardOnly?' },
  ]);
});
