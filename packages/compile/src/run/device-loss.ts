import { messageOf } from '@m3ae/errors';
import type { OnnxRuntime } from './runtime.js';

/** The GPU of an engine is gone, with all that lay on it: its driver ended or began anew, or somebody destroyed the device. */
export class DeviceLost extends Error {
  override readonly name = 'DeviceLost';

  constructor(cause: unknown) {
    const reason = messageOf(cause);
    super(`The GPU was lost, and what lay on it cannot be read any more (${reason}).`, { cause });
  }
}

/**
 * Codes of CUDA's runtime after which nothing on the card can be used any more by this process (`cudaError_t`): a device that is gone or
 * unavailable, an uncorrectable error of its memory, a faulting kernel, an unknown error.
 */
const cudaLosses = new Set([46, 100, 101, 214, 220, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 999]);

/** Whether an error says that the device is gone, not that something was wrong with a graph. */
export function isLoss(error: unknown): boolean {
  const text = String(error);
  const cuda = /\bCUDA (?:failure|error) (\d+)/i.exec(text);
  if (cuda) return cudaLosses.has(Number(cuda[1]));
  return /device.{0,40}\b(lost|destroyed)\b|\blost\b.{0,40}device/is.test(text);
}

/** What {@link deviceWatch} makes. */
export interface DeviceWatch {
  readonly isLost: () => boolean;
  /**
   * Settles as the run does, but rejects once the device is lost: in a browser a run of which nothing comes back would wait for ever.
   *
   * @throws DeviceLost, as rejection.
   */
  during<Result>(run: Promise<Result>): Promise<Result>;
}

/**
 * Watches over runs on a GPU.
 *
 * @param env - What the runtime says of itself, where it does.
 */
export function deviceWatch(env?: OnnxRuntime['env']): DeviceWatch {
  let lost: DeviceLost | undefined;
  // No race with one promise of the loss: that would hold on to every run, and to its results, for ever.
  const waiting = new Set<(lost: DeviceLost) => void>();
  const lose = (cause: unknown) => {
    lost ??= new DeviceLost(cause);
    for (const reject of waiting) reject(lost);
    return lost;
  };
  // Set by onnxruntime-web once it has a device; onnxruntime-node tells of a loss by the errors of its runs alone.
  Promise.resolve(env?.webgpu?.device)
    .then(async (device) => device && lose((await device.lost).message))
    .catch(() => {}); // without a device its runs say so
  return {
    isLost: () => lost !== undefined,
    during: (run) =>
      new Promise((resolve, reject) => {
        waiting.add(reject);
        run
          .then(resolve, (error: unknown) => reject(isLoss(error) ? lose(error) : error))
          .finally(() => waiting.delete(reject));
      }),
  };
}
