import type { Binding } from '../graph-session.js';
import { residentSession } from '../resident-session.js';
import { type SessionSettings, unwantedOptimizers } from '../session-options.js';
import { errorsOnly, type OrtApi, type Pointer } from './api.js';
import { deviceSession } from './device-session.js';
import type { Kernels } from './kernels.js';
import { addProvider } from './providers.js';
import { binder } from './values.js';

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
      const session = openSession(model, settings);
      if (settings.resident) {
        const plain = { device: settings.device };
        const parts = { session, results, processorMemory };
        const device = deviceSession(api, { ...parts, openSession: (reader) => openSession(reader, plain) });
        return residentSession(device, results);
      }
      const io = api.make('CreateIoBinding', session);
      const isKept = settings.device === 'cpu';
      const bindTo = (name: 'BindInput' | 'BindOutput') =>
        binder(api, processorMemory, (port, value) => api.call(name, io, port, value), isKept);
      const [inputs, outputs] = [bindTo('BindInput'), bindTo('BindOutput')];
      return {
        delivers: 'given',
        async run(feeds, into) {
          inputs.bind(feeds);
          outputs.bind(into);
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
