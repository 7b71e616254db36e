import type { NdArray } from '@m3ae/tree';
import { sizeOfShape } from '@m3ae/tree';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { createValue, type Graph, type Value } from '../ir/graph.js';
import { encodeModel } from '../ir/to-onnx.js';
import type { DeviceArray } from '../device-array.js';

/** Copies arrays from a GPU to the host. */
export interface GpuReader {
  read(arrays: readonly DeviceArray<Tensor>[]): Promise<NdArray['data'][]>;
  /** Frees its sessions. */
  release(): Promise<void>;
}

/** Arrays and bytes that are copied at a time: as much again is taken on the GPU meanwhile. */
const largest = { arrays: 64, bytes: 2 ** 26 };

/**
 * Reads through sessions of `Identity` nodes whose results are asked for on the host: `getData` of a tensor on a GPU ends the
 * process with `onnxruntime-node`.
 *
 * @param open - Makes a session for the bytes of a model, with results on the host.
 */
export function gpuReader(open: (model: Uint8Array) => Promise<InferenceSession>): GpuReader {
  const sessions = new Map<string, Promise<InferenceSession>>();
  const sessionFor = (arrays: readonly DeviceArray[]) => {
    const signature = arrays.map(({ dtype, shape }) => `${dtype}[${shape}]`).join();
    const known = sessions.get(signature) ?? open(encodeModel(identities(arrays), 'reader'));
    sessions.set(signature, known);
    return known;
  };
  return {
    async read(arrays) {
      const found: NdArray['data'][] = [];
      for (const part of parts(arrays)) {
        const session = await sessionFor(part);
        const feeds = Object.fromEntries(part.map(({ handle }, i) => [`0.${i}`, handle]));
        const names = part.map((_, i) => `output.${i}`);
        const results = await session.run(feeds, names);
        found.push(...names.map((name) => results[name]!.data as NdArray['data']));
      }
      return found;
    },
    async release() {
      for (const session of sessions.values()) await (await session).release();
      sessions.clear();
    },
  };
}

/** A graph that hands on what it is given. */
function identities(arrays: readonly DeviceArray[]): Graph {
  const named = (value: (i: number) => string): Value[] =>
    arrays.map(({ shape, dtype }, i) => createValue(shape, dtype, value(i)));
  const [inputs, outputs] = [named((i) => `0.${i}`), named((i) => `output.${i}`)];
  const nodes = inputs.map((input, i) => ({
    op: 'Identity',
    inputs: [input],
    outputs: [outputs[i]!],
    attributes: {},
  }));
  return { inputs, outputs, nodes, constants: new Map() };
}

/** The arrays in order, cut where {@link largest} is reached; a larger array is alone. */
function parts(arrays: readonly DeviceArray<Tensor>[]): DeviceArray<Tensor>[][] {
  const cut: DeviceArray<Tensor>[][] = [];
  let bytes = Infinity;
  for (const array of arrays) {
    const own = 4 * sizeOfShape(array.shape);
    if (bytes + own > largest.bytes || cut.at(-1)!.length === largest.arrays) {
      cut.push([]);
      bytes = 0;
    }
    cut.at(-1)!.push(array);
    bytes += own;
  }
  return cut;
}
