import { requireOptions } from '@m3ae/errors';
import { type LoadedEncoder, runEncoder } from '@m3ae/runs/model';
import { engineOf } from '../run/engine.js';
import { openRun } from './open-run.js';

/**
 * Opens the encoder of a trained run with all that belongs to it: how pictures are prepared, vocabulary, names of classes.
 *
 * @param path - A run folder, whose newest checkpoint is taken, or one checkpoint folder in it.
 * @param options - `threads` of the engine; by default those of the run.
 * @throws InvalidInput if there is no checkpoint, or it is damaged.
 *
 * @example
 * ```ts
 * const encoder = await loadEncoder('runs/my-run');
 * const { mean, dim } = await encoder.encode(['cat.jpg', 'dog.jpg']); // mean: [2, dim]
 * await encoder.dispose();
 * ```
 */
export async function loadEncoder(
  path: string,
  options: { readonly threads?: number } = {},
): Promise<LoadedEncoder> {
  requireOptions(options, ['threads'], 'Leave it out for the threads of the run.');
  const { threads } = options;
  const run = await openRun(path, threads === undefined ? [] : [`train.threads=${threads}`]);
  return runEncoder(run, { runner: engineOf(run.config), batchSize: run.config.evaluation.batchSize });
}
