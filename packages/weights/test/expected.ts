import { readFileSync } from 'node:fs';
import { decodeSafetensors, toNdArray } from '@m3ae/checkpoint';
import { createRunner } from '@m3ae/compile';
import { patchify } from '@m3ae/preprocess';
import { type NdArray, ndArray } from '@m3ae/tree';
import { expect } from 'vitest';

export const engines = ['eager:cpu', 'compiled'] as const;
export type Engine = (typeof engines)[number];
export const runner = (engine: Engine) => createRunner({ engine, threads: 1 });
export const onBoth = <Case extends readonly unknown[]>(cases: readonly Case[]) =>
  engines.flatMap((engine) => cases.map((one) => [engine, ...one] as const));

/** The arrays of a file that the other implementation's script wrote. */
export function readExpected(path: string): Record<string, NdArray> {
  const { tensors } = decodeSafetensors(readFileSync(path));
  return Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [key, toNdArray(tensor)]));
}

/** [batch, height, width, channels] -> [batch, patches, patchDim] */
export function patchesOf({ shape, data }: NdArray, patchSize: number): NdArray {
  const [batch, height, width, channels] = shape as [number, number, number, number];
  const rows = Array.from({ length: batch }, (_, i) => {
    const picture = (data as Float32Array).slice(
      i * height * width * channels,
      (i + 1) * height * width * channels,
    );
    return [...patchify(picture, { height, width, channels, patchSize })];
  });
  const patches = (height / patchSize) * (width / patchSize);
  return ndArray(Float32Array.from(rows.flat()), [batch, patches, patchSize ** 2 * channels]);
}

/** The largest absolute difference of two arrays of the same shape. */
export function largestDifference(ours: NdArray, theirs: NdArray): number {
  expect(ours.shape).toEqual(theirs.shape);
  return Math.max(...[...ours.data].map((value, at) => Math.abs(value - theirs.data[at]!)));
}
