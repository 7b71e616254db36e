import type { NdArray } from '@m3ae/tree';
import type { InferenceSession, OnnxValue } from 'onnxruntime-node';
import type { Binding } from './graph-session.js';
import { residentSession } from './resident-session.js';
import type { OnnxRuntime } from './runtime.js';
import { type SessionSettings, unwantedOptimizers } from './session-options.js';

/**
 * ONNX Runtime by its JavaScript interface. It returns results in arrays of its own: `onnxruntime-web` leaves given ones
 * unfilled, and `onnxruntime-node` copies each result, wherever it was written.
 */
export function stockBinding(runtime: OnnxRuntime): Binding {
  const { InferenceSession, Tensor, env } = runtime;
  const { node, web } = env?.versions ?? {};
  const version = node ?? (web && `web ${web}`);
  return {
    ...(version !== undefined && { version }),
    async open(model, { outputs }, settings) {
      const names = outputs.map(({ name }) => name);
      const options = optionsOf(settings);
      if (settings.resident) {
        const kept = { ...options, preferredOutputLocation: 'gpu-buffer' } as const;
        const session = await InferenceSession.create(model, kept);
        return residentSession(runtime, session, outputs, (reader) =>
          InferenceSession.create(reader, options),
        );
      }
      const session = await InferenceSession.create(model, options);
      return {
        delivers: 'returned',
        async run(feeds) {
          const tensors = feeds.map(({ name, dtype, shape, data }): [string, OnnxValue] => [
            name,
            new Tensor(dtype, data, shape),
          ]);
          const returned = await session.run(Object.fromEntries(tensors), names);
          return Promise.all(names.map((name) => returned[name]!.getData() as Promise<NdArray['data']>));
        },
        release: () => session.release(),
      };
    },
  };
}

function optionsOf({
  device,
  arena = true,
  threads,
  profile,
  optimized = false,
  saveTo,
}: SessionSettings): InferenceSession.SessionOptions {
  return {
    executionProviders: [device],
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: optimized ? 'disabled' : 'all',
    extra: { optimization: { disable_specified_optimizers: unwantedOptimizers } },
    ...(saveTo !== undefined && { optimizedModelFilePath: saveTo }),
    enableCpuMemArena: arena,
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
  };
}
