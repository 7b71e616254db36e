import { queue } from '../../lock.js';
import { allocate } from '../buffers.js';
import { deviceWatch } from '../device-loss.js';
import type { ReadingSession } from '../gpu-reader.js';
import type { Port } from '../prepared-graph.js';
import type { DeviceSession } from '../resident-session.js';
import type { OrtApi, Pointer } from './api.js';
import { valueOver } from './values.js';

/**
 * One thing at a time on the GPUs of this process: a run is on another thread, and meanwhile arrays may be read or freed here.
 */
const turn = queue(1);

/** What a session on a GPU is made of. */
export interface DeviceParts {
  readonly session: Pointer;
  readonly results: readonly Port[];
  /** Describes the memory of the processor. */
  readonly processorMemory: Pointer;
  /** Makes a session on the same device. */
  openSession(model: Uint8Array): Pointer;
}

/** A session on a GPU by the C API: its results are bound to the device, and arguments that lie there are bound as they are. */
export function deviceSession(api: OrtApi, parts: DeviceParts): DeviceSession<Pointer> {
  const { session, results, processorMemory } = parts;
  const io = api.make('CreateIoBinding', session);
  const allocator = api.make('GetAllocatorWithDefaultOptions');
  // Where each result comes into being; the session owns the descriptions.
  const places = new BigUint64Array(results.length);
  api.call('SessionGetMemoryInfoForOutputs', session, places, results.length);
  return {
    space: api,
    watch: deviceWatch(),
    run: (feeds) =>
      turn(async () => {
        const uploaded: Pointer[] = [];
        const valueOf = (feed: (typeof feeds)[number]): Pointer => {
          if ('handle' in feed) return feed.handle;
          const value = valueOver(api, processorMemory, feed);
          uploaded.push(value);
          return value;
        };
        try {
          for (const feed of feeds) api.call('BindInput', io, feed.name, valueOf(feed));
          results.forEach(({ name }, i) => api.call('BindOutputToDevice', io, name, places[i]));
          await api.callAsync('RunWithBinding', session, null, io);
          const [values, count]: [Pointer[], number[]] = [[null], [0]];
          api.call('GetBoundOutputValues', io, allocator, values, count);
          const handles = api.pointersAt(values[0]!, results.length);
          api.call('AllocatorFree', allocator, values[0]);
          return handles;
        } finally {
          // Else the binding holds on to arguments that were given up, and the next run writes over these results.
          api.call('ClearBoundInputs', io);
          api.call('ClearBoundOutputs', io);
          for (const value of uploaded) api.call('ReleaseValue', value);
        }
      }),
    free: (handle) => void turn(async () => api.call('ReleaseValue', handle)),
    openReader: async (model) => readingSession(api, parts.openSession(model), processorMemory),
    release: () =>
      turn(async () => {
        api.call('ReleaseIoBinding', io);
        api.call('ReleaseSession', session);
      }),
  };
}

/** A session on a GPU whose results are written into arrays on the host. */
function readingSession(api: OrtApi, session: Pointer, processorMemory: Pointer): ReadingSession<Pointer> {
  const io = api.make('CreateIoBinding', session);
  return {
    run: (feeds, results) =>
      turn(async () => {
        const arrays = results.map(allocate);
        const values = results.map((port, i) =>
          valueOver(api, processorMemory, { ...port, data: arrays[i]! }),
        );
        try {
          for (const { name, handle } of feeds) api.call('BindInput', io, name, handle);
          results.forEach(({ name }, i) => api.call('BindOutput', io, name, values[i]));
          await api.callAsync('RunWithBinding', session, null, io);
          return arrays;
        } finally {
          api.call('ClearBoundInputs', io);
          api.call('ClearBoundOutputs', io);
          for (const value of values) api.call('ReleaseValue', value);
        }
      }),
    release: () =>
      turn(async () => {
        api.call('ReleaseIoBinding', io);
        api.call('ReleaseSession', session);
      }),
  };
}
