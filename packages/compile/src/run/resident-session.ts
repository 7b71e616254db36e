import { type NdArray, sizeOfShape } from '@m3ae/tree';
import { DeviceArray, type DeviceMemory, isDeviceArray } from '../device-array.js';
import { elementsOf, type NamedElements, type NamedLeaf } from '../arguments.js';
import { createValue, type Graph, type Value } from '../ir/graph.js';
import { encodeModel } from '../ir/to-onnx.js';
import type { DeviceWatch } from './device-loss.js';
import type { GraphSession } from './session.js';
import { type Port, portOf } from './prepared-graph.js';

/** An input of a run: elements on the host, or what the device knows an array by. */
export type Feed<Handle> = NamedElements | { readonly name: string; readonly handle: Handle };

/** A session on a GPU, as one way to reach ONNX Runtime has it. */
export interface DeviceSession<Handle> {
  /** What its arrays have in common with those of other sessions that it takes. */
  readonly space: unknown;
  /** Tells when the GPU is lost. */
  readonly watch: DeviceWatch;
  /** Runs once; the results, in the order of the graph's outputs, stay on the device. */
  run(feeds: readonly Feed<Handle>[]): Promise<readonly Handle[]>;
  /** Frees what a run returned. */
  free(handle: Handle): void;
  /** Makes a session on the same device whose results are on the host. */
  openReader(model: Uint8Array): Promise<ReadingSession<Handle>>;
  /** Frees the session itself. */
  release(): Promise<void>;
}

/**
 * A session on a GPU whose results stay there. All of them do, metrics too: then a run waits for nothing, and the next one can be
 * handed over while the GPU still computes.
 */
export function residentSession<Handle>(
  device: DeviceSession<Handle>,
  results: readonly Port[],
): GraphSession {
  const { watch, space } = device;
  const reader = gpuReader<Handle>(device.openReader);
  // A tensor must be freed before its session: afterwards that ends the process.
  const alive = new Set<DeviceArray<Handle>>();
  const traffic = { sentBytes: 0, readBytes: 0 };
  const memory: DeviceMemory<Handle> = {
    space,
    async read(arrays) {
      const read = await watch.during(reader.read(arrays));
      for (const { byteLength } of read) traffic.readBytes += byteLength;
      return read;
    },
    free(array) {
      alive.delete(array);
      device.free(array.handle);
    },
  };
  const feedOf = (named: NamedLeaf): Feed<Handle> => {
    const [name, leaf] = named;
    if (isDeviceArray(leaf)) {
      leaf.requireAlive();
      return { name, handle: leaf.handle as Handle }; // of this space, so of this way to reach ONNX Runtime
    }
    const elements = elementsOf(named);
    traffic.sentBytes += elements.data.byteLength;
    return elements;
  };
  return {
    delivers: 'kept',
    space,
    traffic,
    async run(leaves) {
      const handles = await watch.during(device.run(leaves.map(feedOf)));
      return results.map(({ shape, dtype }, place) => {
        const array = new DeviceArray(shape, dtype as DeviceArray['dtype'], handles[place]!, memory);
        alive.add(array);
        return array;
      });
    },
    async release() {
      try {
        for (const array of alive) array.dispose();
        await reader.release();
        await device.release();
      } catch (error) {
        if (!watch.isLost()) throw error; // else there is nothing left to free
      }
    },
  };
}

/** Copies arrays from a GPU to the host. */
interface GpuReader<Handle> {
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
function gpuReader<Handle>(open: (model: Uint8Array) => Promise<ReadingSession<Handle>>): GpuReader<Handle> {
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
