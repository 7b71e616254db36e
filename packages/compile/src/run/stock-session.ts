import type { NdArray } from '@m3ae/tree';
import type { InferenceSession, OnnxValue, Tensor } from 'onnxruntime-node';
import type { Binding } from './session.js';
import { deviceWatch } from './device-loss.js';
import type { Port } from './prepared-graph.js';
import { type Feed, residentSession } from './resident-session.js';
import { type OnnxRuntime, type SessionSettings, unwantedOptimizers } from './runtime.js';

/**
 * ONNX Runtime by its JavaScript interface. It returns results in arrays of its own: `onnxruntime-web` leaves given ones
 * unfilled, and `onnxruntime-node` copies each result, wherever it was written.
 */
export function stockBinding(runtime: OnnxRuntime): Binding {
  const { InferenceSession, env } = runtime;
  const { node, web } = env?.versions ?? {};
  const version = node ?? (web && `web ${web}`);
  return {
    ...(version !== undefined && { version }),
    keeps: ['webgpu'],
    async open(model, { outputs }, settings) {
      const names = outputs.map(({ name }) => name);
      const options = optionsOf(settings);
      if (settings.resident) {
        const kept = { ...options, preferredOutputLocation: 'gpu-buffer' } as const;
        const session = await InferenceSession.create(model, kept);
        return residentSession<Tensor>(
          {
            space: runtime, // arrays that it made may be fed to any other of its sessions
            watch: deviceWatch(env),
            async run(feeds) {
              // Every output is fetched: the binding looks locations up by their place among those that are.
              const returned = await session.run(tensorsOf(runtime, feeds));
              return names.map((name) => returned[name] as Tensor);
            },
            free: (tensor) => tensor.dispose(),
            openReader: async (reader) => reading(runtime, await InferenceSession.create(reader, options)),
            release: () => session.release(),
          },
          outputs,
        );
      }
      const session = await InferenceSession.create(model, options);
      const { run, release } = reading(runtime, session);
      return { delivers: 'returned', run: (feeds) => run(feeds, outputs), release };
    },
  };
}

/** A session whose results are on the host. */
const reading = (runtime: OnnxRuntime, session: InferenceSession) => ({
  async run(feeds: readonly Feed<Tensor>[], results: readonly Port[]): Promise<NdArray['data'][]> {
    const names = results.map(({ name }) => name);
    const returned = await session.run(tensorsOf(runtime, feeds), names);
    return Promise.all(names.map((name) => returned[name]!.getData() as Promise<NdArray['data']>));
  },
  release: () => session.release(),
});

function tensorsOf({ Tensor }: OnnxRuntime, feeds: readonly Feed<Tensor>[]): Record<string, OnnxValue> {
  return Object.fromEntries(
    feeds.map((feed) => [
      feed.name,
      'handle' in feed ? feed.handle : new Tensor(feed.dtype, feed.data, feed.shape),
    ]),
  );
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
