import type { Binding } from '../session.js';
import { residentSession } from '../resident-session.js';
import { type Device, type SessionSettings, unwantedOptimizers } from '../runtime.js';
import { errorsOnly, type OrtApi, type Pointer } from './api.js';
import { binder, deviceSession, gpuTurn } from './io-binding.js';
import type { Kernels } from './library.js';

/** Values of the C API's enumerations. */
const optimization = { none: 0, all: 99 } as const;
const allocator = { device: 0 } as const;
const memory = { default: 0 } as const;

/**
 * ONNX Runtime by its C API: graphs whose results are written where they should be, or stay on a GPU.
 *
 * @param kernels - Whose memory sessions on a CPU use; that of ONNX Runtime if left out.
 */
export function nativeBinding(api: OrtApi, kernels?: Pick<Kernels, 'forgetMemory'>): Binding {
  const processorMemory = api.make('CreateCpuMemoryInfo', allocator.device, memory.default);
  const openSession = (model: Uint8Array, settings: SessionSettings): Pointer => {
    const options = optionsOf(api, settings);
    try {
      if (kernels) api.call('AddSessionConfigEntry', options, 'session.use_env_allocators', '1');
      addProvider(api, options, settings.device);
      return api.make('CreateSessionFromArray', api.environment, model, model.byteLength, options);
    } finally {
      api.call('ReleaseSessionOptions', options);
    }
  };
  return {
    version: api.version,
    keeps: ['webgpu', 'cuda'],
    async open(model, { outputs: results }, settings) {
      const isOnCpu = settings.device === 'cpu';
      const inTurn: typeof gpuTurn = isOnCpu ? async (task) => task() : gpuTurn;
      const session = await inTurn(() => openSession(model, settings));
      if (settings.resident) {
        const openReader = (reader: Uint8Array) => openSession(reader, { device: settings.device });
        return residentSession(deviceSession(api, session, results, processorMemory, openReader), results);
      }
      const io = api.make('CreateIoBinding', session);
      const bindTo = (name: 'BindInput' | 'BindOutput') =>
        binder(api, processorMemory, (port, value) => api.call(name, io, port, value), isOnCpu);
      const [inputs, outputs] = [bindTo('BindInput'), bindTo('BindOutput')];
      return {
        delivers: 'given',
        run: (feeds, into) =>
          inTurn(async () => {
            inputs.bind(feeds);
            outputs.bind(into);
            await api.callAsync('RunWithBinding', session, null, io);
          }),
        release: () =>
          inTurn(async () => {
            api.call('ReleaseIoBinding', io);
            inputs.release();
            outputs.release();
            api.call('ReleaseSession', session);
            kernels?.forgetMemory();
          }),
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

/** Products of float32 numbers stay such: by default CUDA rounds their operands to 10 bits of mantissa (TF32). */
const cudaSettings = { use_tf32: '0' } as const;

/**
 * Buffers that are freed are kept for results of the same size: a graph of fixed shapes asks for the same ones in each run. By default
 * they go into buckets, of which the larger ones hold few and give the rest back. ViT-S step of 64 pictures on an NVIDIA H200: .40 instead of .55 s.
 */
const webGpuSettings = { storageBufferCacheMode: 'simple' } as const;

/**
 * Names the device of a session, whose nodes then run there as far as it can compute them.
 *
 * @throws Error if this ONNX Runtime has no such device, or its parts do not load.
 */
function addProvider(api: OrtApi, options: Pointer, device: Device): void {
  if (device === 'webgpu') {
    const [names, values] = [Object.keys(webGpuSettings), Object.values(webGpuSettings)];
    api.call('SessionOptionsAppendExecutionProvider', options, 'WebGPU', names, values, names.length);
  } else if (device === 'cuda') {
    const own = api.make('CreateCUDAProviderOptions');
    const [names, values] = [Object.keys(cudaSettings), Object.values(cudaSettings)];
    try {
      api.call('UpdateCUDAProviderOptions', own, names, values, names.length);
      api.call('SessionOptionsAppendExecutionProvider_CUDA_V2', options, own);
    } finally {
      api.call('ReleaseCUDAProviderOptions', own);
    }
  }
}
