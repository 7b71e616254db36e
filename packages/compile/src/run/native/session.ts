import type { NdArray } from '@m3ae/tree';
import { onnxType } from '../../ir/builder.js';
import type { Binding, NamedElements } from '../graph-session.js';
import { type SessionSettings, unwantedOptimizers } from '../session-options.js';
import { errorsOnly, type OrtApi, type Pointer } from './api.js';
import type { Kernels } from './kernels.js';

/** Values of the C API's enumerations. */
const optimization = { none: 0, all: 99 } as const;
const allocator = { device: 0 } as const;
const memory = { default: 0 } as const;

/**
 * ONNX Runtime by its C API: graphs on the CPU, whose results are written where they should be.
 *
 * @param kernels - Whose memory sessions use; that of ONNX Runtime if left out.
 */
export function nativeBinding(api: OrtApi, kernels?: Pick<Kernels, 'forgetMemory'>): Binding {
  const processorMemory = api.make('CreateCpuMemoryInfo', allocator.device, memory.default);
  return {
    version: api.version,
    async open(model, _, settings) {
      const options = optionsOf(api, settings);
      if (kernels) api.call('AddSessionConfigEntry', options, 'session.use_env_allocators', '1');
      let session: Pointer;
      try {
        session = api.make('CreateSessionFromArray', api.environment, model, model.byteLength, options);
      } finally {
        api.call('ReleaseSessionOptions', options);
      }
      const io = api.make('CreateIoBinding', session);
      const inputs = binder(api, processorMemory, (name, value) => api.call('BindInput', io, name, value));
      const outputs = binder(api, processorMemory, (name, value) => api.call('BindOutput', io, name, value));
      return {
        delivers: 'given',
        async run(feeds, results) {
          inputs.bind(feeds);
          outputs.bind(results);
          await api.callAsync('RunWithBinding', session, null, io);
        },
        async release() {
          api.call('ReleaseIoBinding', io);
          inputs.release();
          outputs.release();
          api.call('ReleaseSession', session);
          kernels?.forgetMemory();
        },
      };
    },
  };
}

function optionsOf(api: OrtApi, settings: SessionSettings): Pointer {
  const { arena = true, threads, profile, customOps, optimized = false, saveTo } = settings;
  const options = api.make('CreateSessionOptions');
  api.call('SetSessionLogSeverityLevel', options, errorsOnly);
  api.call('SetSessionGraphOptimizationLevel', options, optimized ? optimization.none : optimization.all);
  api.call('AddSessionConfigEntry', options, 'optimization.disable_specified_optimizers', unwantedOptimizers);
  if (saveTo !== undefined) api.call('SetOptimizedModelFilePath', options, saveTo);
  if (threads !== undefined) api.call('SetIntraOpNumThreads', options, threads);
  api.call('SetInterOpNumThreads', options, 1);
  api.call('DisableMemPattern', options);
  if (!arena) api.call('DisableCpuMemArena', options);
  if (profile !== undefined) api.call('EnableProfiling', options, profile);
  if (customOps !== undefined) api.call('RegisterCustomOpsLibrary_V2', options, customOps);
  return options;
}

/** Keeps arrays bound from run to run, so that a state that stays in its arrays is bound once. */
function binder(api: OrtApi, memoryInfo: Pointer, bindValue: (name: string, value: Pointer) => void) {
  // The array is held too: ONNX Runtime has no more than its address.
  const bound = new Map<string, { readonly data: NdArray['data']; readonly value: Pointer }>();
  return {
    bind(arrays: readonly NamedElements[]): void {
      for (const { name, dtype, shape, data } of arrays) {
        const former = bound.get(name);
        if (former?.data === data) continue;
        // V8 keeps a small array where its garbage collector moves it, until somebody asks for the buffer.
        const { buffer, byteOffset, byteLength } = data;
        const bytes = new Uint8Array(buffer, byteOffset, byteLength);
        const lengths = BigInt64Array.from(shape, BigInt);
        const described = [lengths, lengths.length, onnxType(dtype)];
        const value = api.make('CreateTensorWithDataAsOrtValue', memoryInfo, bytes, byteLength, ...described);
        bindValue(name, value);
        bound.set(name, { data, value });
        if (former) api.call('ReleaseValue', former.value);
      }
    },
    release(): void {
      for (const { value } of bound.values()) api.call('ReleaseValue', value);
      bound.clear();
    },
  };
}
