import { requireOptions } from '@m3ae/errors';
import { createExampleEncoder, type ExampleEncoder } from '@m3ae/evaluation/model';
import { type M3aeConfig, trunkConfig } from '@m3ae/transformer';
import { type Method } from '@m3ae/tasks';
import { engineOf } from '../run/engine.js';
import { openRun } from './open-run.js';

/** What a trained encoder is and how its pictures are prepared; plain data. */
export interface EncoderConfig {
  readonly method: Method;
  /** Every size filled in; `resolveM3aeConfig` takes it as it is. */
  readonly model: M3aeConfig;
  /** Side of a picture and of a patch in pixels; mean and deviation of each channel, for values in [0, 1]. */
  readonly image: {
    readonly size: number;
    readonly patchSize: number;
    readonly mean: readonly number[];
    readonly std: readonly number[];
  };
  /** Longest caption in word pieces; the rest is cut off. */
  readonly text: { readonly maxLength: number };
}

/** A trained encoder, ready to run. */
export interface LoadedEncoder extends ExampleEncoder {
  readonly config: EncoderConfig;
  /** Names of the classes that the run was trained beside, in the order of their labels; null where it knows none. */
  readonly classes: readonly string[] | null;
  /** Finished updates of the checkpoint. */
  readonly step: number;
}

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
  const { config, model, record, step } = run;
  const { size, patchSize, mean, std } = model.image;
  const { batchSize } = config.evaluation;
  return {
    config: {
      method: config.method,
      model: trunkConfig(model.config),
      image: { size, patchSize, mean, std },
      text: { maxLength: config.text.maxLength },
    },
    classes: record.classNames ?? null,
    step,
    ...createExampleEncoder(model, { runner: engineOf(config), batchSize }),
  };
}
