import { queue } from '../../lock.js';
import { allocate } from '../buffers.js';
import { deviceWatch } from '../device-loss.js';
import type { ReadingSession } from '../gpu-reader.js';
import type { Port } from '../prepared-graph.js';
import type { DeviceSession } from '../resident-session.js';
import type { OrtApi, Pointer } from './api.js';
import { valueOver } from './values.js';

/**
 * One thing at a time on the GPUs of this process: a run is on another thread, and meanwhile sessions may be opened, and arrays read or freed here.
 */
export const gpuTurn = queue(1);

/** What a session on a GPU is made of. */
export interface DeviceParts {
  readonly session: Pointer;
  readonly results: readonly Port[];
  /** Describes the memory of the processor. */
  readonly processorMemory: Pointer;
  /** Makes a session on the same device. */
  openSession(model: Uint8Array): Pointer;
}

/** A session by the C API: its results are bound to the device, and arguments that lie there are bound as they are. */
export function deviceSession(api: OrtApi, parts: DeviceParts): DeviceSession<Pointer> {
  const { session, results, processorMemory } = parts;
  const { io, run, release } = bound(api, session);
  const allocator = api.make('GetAllocatorWithDefaultOptions');
  // Where each result comes into being; the session owns the descriptions.
  const places = new BigUint64Array(results.length);
  api.call('SessionGetMemoryInfoForOutputs', session, places, results.length);
  return {
    space: api,
    watch: deviceWatch(),
    run: (feeds) =>
      run(
        (own) => {
          for (const feed of feeds) {
            const value = 'handle' in feed ? feed.handle : own(valueOver(api, processorMemory, feed));
            api.call('BindInput', io, feed.name, value);
          }
          results.forEach(({ name }, i) => api.call('BindOutputToDevice', io, name, places[i]));
        },
        () => {
          const [values, count]: [Pointer[], number[]] = [[null], [0]];
          api.call('GetBoundOutputValues', io, allocator, values, count);
          const handles = api.pointersAt(values[0]!, results.length);
          api.call('AllocatorFree', allocator, values[0]);
          return handles;
        },
      ),
    free: (handle) => void gpuTurn(async () => api.call('ReleaseValue', handle)),
    openReader: async (model) =>
      readingSession(api, await gpuTurn(() => parts.openSession(model)), processorMemory),
    release,
  };
}

/** A session whose results are written into arrays on the host. */
function readingSession(api: OrtApi, session: Pointer, processorMemory: Pointer): ReadingSession<Pointer> {
  const { io, run, release } = bound(api, session);
  return {
    run(feeds, results) {
      const arrays = results.map(allocate);
      return run(
        (own) => {
          for (const { name, handle } of feeds) api.call('BindInput', io, name, handle);
          results.forEach((port, i) => {
            const value = own(valueOver(api, processorMemory, { ...port, data: arrays[i]! }));
            api.call('BindOutput', io, port.name, value);
          });
        },
        () => arrays,
      );
    },
    release,
  };
}

/** A session with a binding that holds on to nothing between runs: neither to arguments that are given up, nor to results, which the next run would write over. */
function bound(api: OrtApi, session: Pointer) {
  const io = api.make('CreateIoBinding', session);
  return {
    io,
    /**
     * Runs once, when it is its turn.
     *
     * @param bind - Binds all inputs and outputs; what it hands to `own` is freed after the run.
     * @param take - What the run returns.
     */
    run: <Result>(bind: (own: (value: Pointer) => Pointer) => void, take: () => Result): Promise<Result> =>
      gpuTurn(async () => {
        const values: Pointer[] = [];
        try {
          bind((value) => (values.push(value), value));
          await api.callAsync('RunWithBinding', session, null, io);
          return take();
        } finally {
          api.call('ClearBoundInputs', io);
          api.call('ClearBoundOutputs', io);
          for (const value of values) api.call('ReleaseValue', value);
        }
      }),
    release: () =>
      gpuTurn(async () => {
        api.call('ReleaseIoBinding', io);
        api.call('ReleaseSession', session);
      }),
  };
}
