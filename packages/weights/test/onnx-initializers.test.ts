import { readFileSync } from 'node:fs';
import { isInvalidInput } from '@m3ae/errors';
import { expect, test } from 'vitest';
import { chanceOf, mutate } from '../../../scripts/mutate.mjs';
import { readOnnxInitializers } from '../src/onnx.js';

/** Of fixtures/make_initializers.py: every type that is read, once as raw bytes and once as packed floats. */
const file = readFileSync(new URL('fixtures/initializers.onnx', import.meta.url));

test('tensors that the onnx package wrote', () => {
  const tensors = readOnnxInitializers(file);
  expect([...tensors.keys()].sort()).toEqual(['floats', 'half', 'raw', 'whole', 'wide']);
  const valuesOf = (name: string) => {
    const { shape, data } = tensors.get(name)!.read();
    return [shape, [...data]];
  };
  const table = [
    [2, 3],
    [0, 0.5, 1, 1.5, 2, 2.5],
  ];
  for (const name of ['floats', 'half', 'raw', 'wide']) expect(valuesOf(name)).toEqual(table);
  expect(valuesOf('whole')).toEqual([[2], [-1, 300]]);
});

test('a damaged file is read or refused', () => {
  const chance = chanceOf(3);
  const failureOf = (bytes: Uint8Array): unknown => {
    try {
      for (const tensor of readOnnxInitializers(bytes).values()) tensor.read();
    } catch (error) {
      return isInvalidInput(error) ? undefined : error;
    }
    return undefined;
  };
  const failures = Array.from({ length: 5000 }, () => failureOf(mutate(file, chance, file)));
  expect(failures.filter((failure) => failure !== undefined)).toEqual([]);
  expect(() => readOnnxInitializers(new TextEncoder().encode('<!DOCTYPE html>'))).toThrow(/ONNX/);
});
