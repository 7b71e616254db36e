import type { InferenceSession, OnnxValue, Tensor } from 'onnxruntime-node';
import { DeviceArray, type DeviceMemory, isDeviceArray } from '../device-array.js';
import { dataOf, dtypeOf, type HostLeaf } from '../host.js';
import { deviceWatch } from './device-loss.js';
import { gpuReader } from './gpu-reader.js';
import type { GraphSession } from './graph-session.js';
import type { Port } from './prepared-graph.js';
import type { OnnxRuntime } from './runtime.js';

/**
 * A session on a GPU whose results stay there. All of them do, metrics too: then a run waits for nothing, and the next one can be
 * handed over while the GPU still computes.
 *
 * @param runtime - Arrays that it made may be fed to any other of its sessions.
 */
export function residentSession(
  runtime: OnnxRuntime,
  session: InferenceSession,
  results: readonly Port[],
  openReader: (model: Uint8Array) => Promise<InferenceSession>,
): GraphSession {
  const watch = deviceWatch(runtime);
  const reader = gpuReader(openReader);
  // A tensor must be freed before its session: afterwards that ends the process.
  const alive = new Set<DeviceArray<Tensor>>();
  const traffic = { sentBytes: 0, readBytes: 0 };
  const memory: DeviceMemory<Tensor> = {
    space: runtime,
    async read(arrays) {
      const read = await watch.during(reader.read(arrays));
      for (const { byteLength } of read) traffic.readBytes += byteLength;
      return read;
    },
    free(array) {
      alive.delete(array);
      array.handle.dispose();
    },
  };
  const tensorOf = (leaf: HostLeaf): OnnxValue => {
    if (isDeviceArray(leaf)) {
      leaf.requireAlive();
      return leaf.handle as Tensor; // of this space, so of this runtime
    }
    const data = dataOf(leaf);
    traffic.sentBytes += data.byteLength;
    const shape = typeof leaf === 'number' ? [] : leaf.shape;
    return new runtime.Tensor(dtypeOf(leaf), data, shape);
  };
  return {
    delivers: 'kept',
    space: runtime,
    traffic,
    async run(feeds) {
      const tensors = Object.fromEntries(feeds.map(([name, leaf]) => [name, tensorOf(leaf)]));
      // Every output is fetched: the binding looks locations up by their place among those that are.
      const returned = await watch.during(session.run(tensors));
      return results.map(({ name, shape, dtype }) => {
        const tensor = returned[name] as Tensor;
        const array = new DeviceArray(shape, dtype as DeviceArray['dtype'], tensor, memory);
        alive.add(array);
        return array;
      });
    },
    async release() {
      try {
        for (const array of alive) array.dispose();
        await reader.release();
        await session.release();
      } catch (error) {
        if (!watch.isLost()) throw error; // else there is nothing left to free
      }
    },
  };
}
