import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NdArray, Tree } from '@m3ae/tree';
import { engine, matMul, mul, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { onnx } from 'onnx-proto';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { compile, exportOnnx, toOnnx } from '../src/index.js';
import { floats } from './support/arrays.js';

interface Weights {
  readonly kernel: Tensor2D;
  readonly bias: Tensor;
}

function encode({ kernel }: Weights, inputs: { patches: Tensor2D }) {
  const hidden = matMul(inputs.patches, kernel, false, true);
  const active = engine().runKernel('M3aeGelu', { x: hidden }, { approximate: true }) as Tensor;
  const exact = engine().runKernel('M3aeGelu', { x: hidden }, { approximate: false }) as Tensor;
  return { tokens: mul(active, 2), heads: [exact] };
}

const examples = [
  { kernel: floats([4, 3]), bias: floats([4]) },
  { patches: floats([2, 3], -2, 2, 5) },
] as const;

const tensor = ({ shape, data }: NdArray) => new OrtTensor('float32', data as Float32Array, shape);

test('a file runs in a plain ONNX Runtime session, by the paths of its leaves', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'm3ae-compile-'));
  try {
    const path = join(folder, 'encoder.onnx');
    await exportOnnx(encode, [...examples], path);
    const session = await InferenceSession.create(path);
    expect(session.inputNames).toEqual(['0.kernel', '0.bias', '1.patches']);
    expect(session.outputNames).toEqual(['output.tokens', 'output.heads.0']);
    const feeds = {
      '0.kernel': tensor(examples[0].kernel),
      '0.bias': tensor(examples[0].bias),
      '1.patches': tensor(examples[1].patches),
    };
    const results = await session.run(feeds);
    const compiled = await compile(encode)(...examples);
    expect(results['output.tokens']!.data).toEqual(compiled.tokens.data);
    expect(results['output.tokens']!.dims).toEqual([2, 4]);
    await session.release();
  } finally {
    await rm(folder, { recursive: true });
  }
});

const domainsIn = (bytes: Uint8Array) =>
  onnx.ModelProto.decode(bytes).opsetImport.map(({ domain }) => domain);

test('standardOnly leaves out the operators of com.microsoft, and gives the same', async () => {
  expect(domainsIn(await toOnnx(encode, [...examples]))).toContain('com.microsoft');
  const bytes = await toOnnx(encode, [...examples], { standardOnly: true });
  expect(domainsIn(bytes)).toEqual(['']);
  const session = await InferenceSession.create(bytes);
  const feeds = Object.fromEntries(
    session.inputNames.map((name) => {
      const [argument, leaf] = name.split('.');
      const { shape, data } = (examples as unknown as Record<string, NdArray>[])[Number(argument)]![leaf!]!;
      return [name, new OrtTensor('float32', data as Float32Array, shape)];
    }),
  );
  const results = await session.run(feeds);
  const expected = await compile(encode)(...examples);
  for (const [name, array] of [
    ['output.tokens', expected.tokens],
    ['output.heads.0', expected.heads[0]!],
  ] as const) {
    const { data } = results[name]!;
    array.data.forEach((each, i) => expect((data as Float32Array)[i]).toBeCloseTo(each, 5));
  }
  await session.release();
});

test('the same function gives the same bytes', async () => {
  const [first, second] = [await toOnnx(encode, [...examples]), await toOnnx(encode, [...examples])];
  expect(Buffer.from(first).equals(second)).toBe(true);
});

test('arguments are checked before anything is written', async () => {
  const wrong = ['x'] as unknown as [NdArray];
  await expect(
    exportOnnx((x: Tensor) => mul(x, 2) as unknown as Tree<Tensor>, wrong, '/nowhere/model.onnx'),
  ).rejects.toThrow(RangeError);
});
