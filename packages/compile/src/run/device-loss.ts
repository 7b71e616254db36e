import type { OnnxRuntime } from './runtime.js';

/** The GPU of an engine is gone, with all that lay on it: its driver ended or began anew, or somebody destroyed the device. */
export class DeviceLost extends Error {
  override readonly name = 'DeviceLost';

  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`The GPU was lost, and what lay on it cannot be read any more (${reason}).`, { cause });
  }
}

/** Whether an error says that the device is gone, not that something was wrong with a graph. */
const isLoss = (error: unknown) =>
  /device.{0,40}\b(lost|destroyed)\b|\blost\b.{0,40}device/is.test(String(error));

/**
 * Watches over a run on a GPU.
 *
 * @returns A function that settles as the run does, but rejects once the device is lost: in a browser a run of which nothing comes back
 * would wait for ever.
 */
export function deviceWatch({ env }: OnnxRuntime): {
  readonly isLost: () => boolean;
  during<Result>(run: Promise<Result>): Promise<Result>;
} {
  let lost: DeviceLost | undefined;
  // Set by onnxruntime-web once it has a device; onnxruntime-node tells of a loss by the errors of its runs alone.
  const loss = Promise.resolve(env?.webgpu?.device).then(async (device) => {
    if (device === undefined) return new Promise<never>(() => {});
    const { message } = await device.lost;
    lost = new DeviceLost(message);
    throw lost;
  });
  loss.catch(() => {}); // nobody may be waiting
  return {
    isLost: () => lost !== undefined,
    during: (run) =>
      Promise.race([run, loss]).catch((error: unknown) => {
        if (!(error instanceof DeviceLost) && !isLoss(error)) throw error;
        lost ??= error instanceof DeviceLost ? error : new DeviceLost(error);
        throw lost;
      }),
  };
}
