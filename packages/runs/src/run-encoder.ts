import { createExampleEncoder, type ExampleEncoder } from '@m3ae/evaluation/model';
import type { Method } from '@m3ae/tasks';
import { type M3aeConfig, trunkConfig } from '@m3ae/transformer';
import type { OpenedRunModel } from './run-model.js';

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
 * The encoder of a trained run with all that belongs to it: how pictures are prepared, vocabulary, names of classes.
 *
 * @param run - From `openRunModel`.
 * @param options - What computes, and how many examples at a time: 64 by default.
 *
 * @example
 * ```ts
 * const encoder = runEncoder(await openRunModel('runs/my-run'), { runner: createRunner() });
 * const { mean, dim } = await encoder.encode(['cat.jpg', 'dog.jpg']); // mean: [2, dim]
 * await encoder.dispose();
 * ```
 */
export function runEncoder(
  { config, model, record, step }: Pick<OpenedRunModel, 'config' | 'model' | 'record' | 'step'>,
  options: Parameters<typeof createExampleEncoder>[1],
): LoadedEncoder {
  const { size, patchSize, mean, std } = model.image;
  return {
    config: {
      method: config.method,
      model: trunkConfig(model.config),
      image: { size, patchSize, mean, std },
      text: { maxLength: config.text.maxLength },
    },
    classes: record.classNames ?? null,
    step,
    ...createExampleEncoder(model, options),
  };
}
