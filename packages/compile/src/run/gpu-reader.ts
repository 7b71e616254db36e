import type { NdArray } from '@m3ae/tree';
import { sizeOfShape } from '@m3ae/tree';
import { createValue, type Graph, type Value } from '../ir/graph.js';
import { encodeModel } from '../ir/to-onnx.js';
import type { DeviceArray } from '../device-array.js';
import { type Port, portOf } from './prepared-graph.js';

/** Copies arrays from a GPU to the host. */
export interface GpuReader<Handle> {
  read(arrays: readonly DeviceArray<Handle>[]): Promise<NdArray['data'][]>;
  /** Frees its sessions. */
  release(): Promise<void>;
}

/** A session whose results are on the host. */
export interface ReadingSession<Handle> {
  /** Runs once; the results are in the order of the ports. */
  run(
    feeds: readonly { readonly name: string; readonly handle: Handle }[],
    results: readonly Port[],
  ): Promise<NdArray['data'][]>;
  /** Frees it. */
  release(): Promise<void>;
}

/** Arrays and bytes that are copied at a time: as much again is taken on the GPU meanwhile. */
const largest = { arrays: 64, bytes: 2 ** 26 };

/**
 * Reads through sessions of `Identity` nodes whose results are asked for on the host: `getData` of a tensor on a GPU ends the
 * process with `onnxruntime-node`.
 *
 * @param open - Makes a session for the bytes of a model.
 */
export function gpuReader<Handle>(
  open: (model: Uint8Array) => Promise<ReadingSession<Handle>>,
): GpuReader<Handle> {
  const sessions = new Map<string, { graph: Graph; session: Promise<ReadingSession<Handle>> }>();
  const sessionFor = (arrays: readonly DeviceArray[]) => {
    const signature = arrays.map(({ dtype, shape }) => `${dtype}[${shape}]`).join();
    let known = sessions.get(signature);
    if (known === undefined) {
      const graph = identities(arrays);
      known = { graph, session: open(encodeModel(graph, 'reader')) };
      sessions.set(signature, known);
    }
    return known;
  };
  return {
    async read(arrays) {
      const found: NdArray['data'][] = [];
      for (const part of parts(arrays)) {
        const { graph, session } = sessionFor(part);
        const feeds = part.map(({ handle }, i) => ({ name: graph.inputs[i]!.name!, handle }));
        found.push(...(await (await session).run(feeds, graph.outputs.map(portOf))));
      }
      return found;
    },
    async release() {
      for (const { session } of sessions.values()) await (await session).release();
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
function parts<Handle>(arrays: readonly DeviceArray<Handle>[]): DeviceArray<Handle>[][] {
  const cut: DeviceArray<Handle>[][] = [];
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
