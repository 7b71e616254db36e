import { readFileSync } from 'node:fs';
import { flattenTree, mapTree, type NdArray, type Tree } from '@m3ae/tree';
import { scalar, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { applyUpdates, type Transform } from '../src/index.js';
import '@tensorflow/tfjs-backend-cpu';

export const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url);
export const readJson = <T>(name: string) => JSON.parse(readFileSync(fixture(name), 'utf8')) as T;

export const array = (values: readonly number[], shape: readonly number[] = [values.length]): NdArray => ({
  shape,
  data: Float32Array.from(values),
});

export const toTensors = (tree: Tree<NdArray>): Tree<Tensor> =>
  mapTree<NdArray, Tensor>(tree, ({ data, shape }) =>
    tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32'),
  );

/** Leaves by path, as plain numbers. */
export const toNumbers = (tree: Tree<Tensor>): Record<string, number[]> =>
  Object.fromEntries(flattenTree<Tensor>(tree).map(([path, leaf]) => [path, [...leaf.dataSync()]]));

/** One update from fresh tensors; everything comes back as numbers, and as trees to go on with. */
export function step(
  transform: Transform,
  gradients: Tree<NdArray>,
  state: Tree<Tensor>,
  params: Tree<Tensor>,
  rate: number,
) {
  const result = transform.update(toTensors(gradients), state, params, { learningRate: scalar(rate) });
  return { ...result, params: applyUpdates(params, result.updates) };
}

/** Runs updates from the initial state and returns the parameters after each. */
export function run(
  transform: Transform,
  params: Tree<NdArray>,
  gradients: readonly Tree<NdArray>[],
  rates: readonly number[],
) {
  let current = toTensors(params);
  let state = toTensors(transform.init(params));
  return gradients.map((gradient, i) => {
    const next = step(transform, gradient, state, current, rates[i]!);
    current = next.params;
    state = next.state;
    return toNumbers(current);
  });
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  return Array.from(a).reduce((most, x, i) => {
    const gap = Math.abs(x - b[i]!);
    return gap <= most ? most : Number.isNaN(gap) ? Infinity : gap;
  }, 0);
}

/** The slowest obvious safetensors reader, float32 and int32 only. */
export function readGolden(name: string): Record<string, NdArray> {
  const file = readFileSync(fixture(name));
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  return Object.fromEntries(
    Object.entries(header)
      .filter(([path]) => path !== '__metadata__')
      .map(
        ([
          path,
          {
            dtype,
            shape,
            data_offsets: [begin, end],
          },
        ]) => {
          const bytes = file.subarray(8 + length + begin, 8 + length + end);
          const read = (i: number) => (dtype === 'I32' ? bytes.readInt32LE(4 * i) : bytes.readFloatLE(4 * i));
          const values = Array.from({ length: (end - begin) / 4 }, (_, i) => read(i));
          return [
            path,
            { shape, data: dtype === 'I32' ? Int32Array.from(values) : Float32Array.from(values) },
          ];
        },
      ),
  );
}
