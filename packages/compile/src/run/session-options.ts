import type { InferenceSession } from 'onnxruntime-node';
import { invalidField } from '../errors.js';

/** Where a compiled function runs. */
export type Device = 'cpu' | 'webgpu' | 'cuda';

const devices: readonly Device[] = ['cpu', 'webgpu', 'cuda'];

/**
 * Settings of one session.
 *
 * @throws RangeError for an unknown device or a number of threads that is not a natural one.
 */
export function sessionOptions(device: Device, threads: number | undefined): InferenceSession.SessionOptions {
  if (!devices.includes(device))
    throw invalidField('device', `one of ${devices.join(', ')}`, device, 'Use cpu if in doubt.');
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw invalidField('threads', 'a positive integer', threads, 'Leave it out to use every core.');
  }
  return {
    executionProviders: [device],
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Measured on the ViT-S step, batch 4, one thread: 2.6 GB at the peak with neither, 2.6 to 3.5 with the arena alone,
    // 3.3 to 4.1 with both; the CPU time of a step is the same within 5 %.
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 3,
  };
}

/** Says what to do when a device is missing. */
export function deviceError(device: Device, cause: unknown): unknown {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (device === 'cuda' && /cuda|provider|backend/i.test(text)) {
    return new Error(
      'device must be one that this ONNX Runtime has; received cuda, whose parts are not installed or do not load. ' +
        `Run: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node (${text})`,
      { cause },
    );
  }
  if (device === 'webgpu' && /webgpu|adapter|provider|backend|device/i.test(text)) {
    return new Error(
      'device must be one that this machine has; received webgpu, for which no adapter was found. ' +
        `Install a Vulkan driver, or use { device: 'cpu' } (${text})`,
      { cause },
    );
  }
  return cause;
}
