import type { NdArray } from '@m3ae/tree';
import type { NamedElements } from '../../arguments.js';
import { onnxType } from '../../ir/builder.js';
import { queue } from '../../lock.js';
import { allocate } from '../buffers.js';
import { deviceWatch } from '../device-loss.js';
import type { DeviceSession, ReadingSession } from '../resident-session.js';
import type { Port } from '../prepared-graph.js';
import type { OrtApi, Pointer } from './api.js';

/**
 * A tensor of ONNX Runtime over the elements of an array, which must outlive it.
 *
 * @param memoryInfo - That of a processor's memory.
 */
function valueOver(
  api: OrtApi,
  memoryInfo: Pointer,
  { dtype, shape, data }: Omit<NamedElements, 'name'>,
): Pointer {
  // V8 keeps a small array where its garbage collector moves it, until somebody asks for the buffer.
  const { buffer, byteOffset, byteLength } = data;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const lengths = BigInt64Array.from(shape, BigInt);
  const described = [lengths, lengths.length, onnxType(dtype)];
  return api.make('CreateTensorWithDataAsOrtValue', memoryInfo, bytes, byteLength, ...described);
}

/** Inputs or outputs of a session that are arrays on the host. */
interface Binder {
  bind(arrays: readonly NamedElements[]): void;
  /** Frees what is bound. */
  release(): void;
}

/**
 * Binds arrays for a run.
 *
 * @param isKept - Whether an array stays bound from run to run, so that a state that stays in its arrays is bound once. A session on a GPU
 * copies an input when it is bound: there it has to be bound anew.
 */
export function binder(
  api: OrtApi,
  memoryInfo: Pointer,
  bindValue: (name: string, value: Pointer) => void,
  isKept: boolean,
): Binder {
  // The array is held too: ONNX Runtime has no more than its address.
  const bound = new Map<string, { readonly data: NdArray['data']; readonly value: Pointer }>();
  return {
    bind(arrays) {
      for (const { name, ...elements } of arrays) {
        const former = bound.get(name);
        const { data } = elements;
        if (isKept && former?.data === data) continue;
        const value = valueOver(api, memoryInfo, elements);
        bindValue(name, value);
        bound.set(name, { data, value });
        if (former) api.call('ReleaseValue', former.value);
      }
    },
    release() {
      for (const { value } of bound.values()) api.call('ReleaseValue', value);
      bound.clear();
    },
  };
}

/**
 * One thing at a time on the GPUs of this process: a run is on another thread, and meanwhile sessions may be opened, and arrays read or freed here.
 */
export const gpuTurn = queue(1);

/**
 * A session by the C API: its results are bound to the device, and arguments that lie there are bound as they are.
 *
 * @param processorMemory - Describes the memory of the processor.
 * @param openSession - Makes a session on the same device.
 */
export function deviceSession(
  api: OrtApi,
  session: Pointer,
  results: readonly Port[],
  processorMemory: Pointer,
  openSession: (model: Uint8Array) => Pointer,
): DeviceSession<Pointer> {
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
      readingSession(api, await gpuTurn(() => openSession(model)), processorMemory),
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
