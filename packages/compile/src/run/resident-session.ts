import { DeviceArray, type DeviceMemory, isDeviceArray } from '../device-array.js';
import { elementsOf, type NamedElements, type NamedLeaf } from '../host.js';
import { type DeviceWatch } from './device-loss.js';
import { gpuReader, type ReadingSession } from './gpu-reader.js';
import type { GraphSession } from './graph-session.js';
import type { Port } from './prepared-graph.js';

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
