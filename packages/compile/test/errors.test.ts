import type { NdArray } from '@m3ae/tree';
import {
  add,
  mul,
  sum,
  tensor1d,
  topk,
  type Scalar,
  type Tensor,
  image,
  type Tensor4D,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { compile, type Device, valueAndGradients } from '../src/index.js';
import { deviceError } from '../src/run/runtime.js';
import { array } from './support/arrays.js';

const x = array([1, 2, 3]);

const choose = (state: { rate: Tensor }) => (state.rate.dataSync()[0]! > 1 ? state.rate : mul(state.rate, 2));

const descend = (w: Tensor) =>
  valueAndGradients((p: Tensor) => {
    sum(mul(p, 3)).dataSync();
    return { value: sum(p) as Scalar };
  }, w).gradients;

describe('reading a value while recording', () => {
  const message =
    'step must not read the value of a tensor; received a read of the result of Multiply, shape [3]. ' +
    'Values are not known while the function is recorded: choose with where(), or return the tensor and read the result of the call.';

  test.each<[string, (each: Tensor) => unknown]>([
    ['dataSync', (each) => each.dataSync()],
    ['data', (each) => void each.data()],
    ['arraySync', (each) => each.arraySync()],
    ['a comparison in plain JavaScript', (each) => (each as unknown as number) > 1],
    ['printing', (each) => String(each)],
  ])('%s fails at once and names the operation', async (_, read) => {
    const step = (each: Tensor) => {
      const product = mul(each, 2);
      read(product);
      return product;
    };
    await expect(compile(step)(x)).rejects.toThrow(message);
  });

  test('of an argument names its path', async () => {
    await expect(compile(choose)({ rate: 3 })).rejects.toThrow(
      'received a read of the result of input 0.rate, shape []',
    );
  });

  test('inside of a gradient names the operation too', async () => {
    await expect(compile(descend)(x)).rejects.toThrow('received a read of the result of Sum, shape []');
  });

  test('constants may be read: they are the same in every call', async () => {
    const fn = compile((each: Tensor) => mul(each, tensor1d([5, 6]).dataSync()[1]!));
    expect([...((await fn(x)) as NdArray).data]).toEqual([6, 12, 18]);
  });
});

const shrink = (each: Tensor) => image.resizeBilinear(each as Tensor4D, [2, 2]);

test('a kernel without emitter is named with its shapes and the place to add one', async () => {
  await expect(compile(shrink)({ shape: [1, 4, 4, 1], data: new Float32Array(16) })).rejects.toThrow(
    'kernel ResizeBilinear must have an emitter to be compiled; received a call on images: float32 [1,4,4,1]. ' +
      'Add one to a table in packages/compile/src/trace/kernels/ (kernel-registry.ts lists the tables), or write the function with other operations.',
  );
});

test('a failure does not stick: the same function can succeed later', async () => {
  let fail = true;
  const fn = compile((each: Tensor) => {
    if (fail) throw new Error('deliberate');
    return mul(each, 2);
  });
  await expect(fn(x)).rejects.toThrow('deliberate');
  fail = false;
  expect([...((await fn(x)) as NdArray).data]).toEqual([2, 4, 6]);
});

test.each<[string, () => unknown, string]>([
  [
    'nothing',
    () => undefined,
    'the result of step must be a tree with at least one tensor; received none. Return what it computes.',
  ],
  [
    'a string',
    () => ({ a: 'x' }),
    'output.a of step must be a tensor or a number; received string. Return a tree of tensors.',
  ],
  [
    'a promise',
    async () => tensor1d([1]),
    'step must be a plain function; received an async function. Load and await before the call.',
  ],
])('a function that returns %s is refused', async (_, fn, message) => {
  await expect(compile((_each: Tensor) => fn(), { name: 'step' })(x)).rejects.toThrow(message);
});

test('a compiled function inside of another is refused, and says what to do', async () => {
  const inner = compile((each: Tensor) => mul(each, 2), { name: 'inner' });
  const refused: Promise<unknown>[] = [];
  const outer = compile((each: Tensor) => {
    refused.push(inner(x).catch((error: unknown) => error));
    return add(each, 1);
  });
  await outer(x);
  expect(String(await refused[0])).toContain(
    'a call of a compiled function must be outside of functions that are recorded; received inner.',
  );
});

test('a tensor of an earlier recording is refused', async () => {
  let stolen: Tensor | undefined;
  await compile((each: Tensor) => (stolen = mul(each, 2)))(x);
  const step = (each: Tensor) => add(each, stolen!);
  await expect(compile(step)(x)).rejects.toThrow(
    'step must use tensors of this call or constants; received a tensor [3] recorded in an earlier call.',
  );
});

test('an unknown device is refused', () => {
  expect(() => compile((each: Tensor) => mul(each, 2), { device: 'gpu' as Device })).toThrow(
    /^device must be one of cpu, webgpu, cuda; received gpu\./,
  );
});

test('CUDA without its parts gives the command that adds them', async (context) => {
  const fn = compile((each: Tensor) => mul(each, 2), { device: 'cuda' });
  const error: unknown = await fn(x).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) context.skip('this machine has CUDA');
  expect(String(error)).toContain('ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node');
});

test('an error that has nothing to do with the device is passed on', () => {
  const other = new Error('out of memory');
  expect(deviceError('cuda', other)).toBe(other);
  expect(deviceError('cpu', other)).toBe(other);
});

const vector = (w: Tensor) =>
  valueAndGradients((p: Tensor) => ({ value: mul(p, 2) as unknown as Scalar }), w).gradients;

test('valueAndGradients refuses what is no scalar, and parameters without a leaf', async () => {
  await expect(compile(vector)(x)).rejects.toThrow(
    'value must be a scalar; received shape [3]. Take the mean or the sum of it.',
  );
  expect(() => valueAndGradients(() => ({ value: tensor1d([1]) as unknown as Scalar }), {})).toThrow(
    'params must be a tree with at least one tensor; received none. Pass what to differentiate.',
  );
});

test('strings cannot be recorded', async () => {
  const fn = compile((each: Tensor) => ({ each, text: tensor1d(['a']) as Tensor }), { name: 'step' });
  await expect(fn(x)).rejects.toThrow(
    'tensors of step must be float32, int32 or bool; received string. Convert them before the call.',
  );
});

test('topk of more than there is fails as in tfjs', async () => {
  await expect(compile((each: Tensor1D) => topk(each, 9).values)(x)).rejects.toThrow(
    "'k' passed to topk() must be <= the last dimension (3) but got 9",
  );
});
