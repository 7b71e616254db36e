import type { PictureInput } from '@m3ae/datasets';
import { unusable } from '@m3ae/errors';
import { type M3aeConfig, trunkConfig } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import { engineOf } from '../run/engine.js';
import type { Method } from '../run/task.js';
import { encodeExamples, exampleProgram, type OwnExamples } from './encode-examples.js';
import { type OpenedRun, openRun } from './open-run.js';

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

/** Features of some pictures, a row each, in the order they were given. */
export interface EncodedExamples {
  /** Numbers of one token. */
  readonly dim: number;
  /** The CLS token: [pictures, dim]. */
  readonly cls: Float32Array;
  /** Mean of the patch tokens: [pictures, dim]. */
  readonly mean: Float32Array;
  /** Every patch token, row by row of the picture: [pictures, patches, dim]. */
  readonly patches: Float32Array;
  /** Of a supervised model's head: [pictures, classes]. */
  readonly logits?: Float32Array;
}

/** A trained encoder, ready to run. */
export interface LoadedEncoder {
  readonly config: EncoderConfig;
  /** Names of the classes that the run was trained beside, in the order of their labels; null where it knows none. */
  readonly classes: readonly string[] | null;
  /** Finished updates of the checkpoint. */
  readonly step: number;
  /**
   * Encodes pictures with nothing hidden, prepared as the run's evaluations prepare them: the shorter side resized, the
   * centre cut out, normalised by the run's statistics.
   *
   * @param pictures - Paths, bytes of files, or pixels.
   * @param captions - One for each picture, for a model of method "m3ae": the patches then see the words. Without them the
   * encoder sees pictures alone, as in `m3ae probe`.
   * @throws InvalidInput if a picture cannot be read, a caption is empty, or captions do not fit the pictures or the model.
   */
  encode(pictures: readonly PictureInput[], captions?: readonly string[]): Promise<EncodedExamples>;
  /** Frees what the encoder holds; it cannot be used afterwards. */
  dispose(): Promise<void>;
}

/** @throws InvalidInput with every fault. */
function checkExamples({ config, folder }: OpenedRun, { pictures, captions }: OwnExamples): void {
  const faults: string[] = [];
  if (pictures.length === 0) {
    faults.push('pictures must hold at least one; received none. Give paths of files, e.g. ["cat.jpg"].');
  }
  if (captions !== undefined && config.method !== 'm3ae') {
    faults.push(
      `captions must be left out for an encoder that sees pictures alone; received ${captions.length} for ${folder}, of method "${config.method}". Encode the pictures without them.`,
    );
  } else if (captions !== undefined && captions.length !== pictures.length) {
    faults.push(
      `captions must be as many as pictures, ${pictures.length}; received ${captions.length}. Give each picture its own.`,
    );
  }
  if (faults.length > 0) throw unusable(faults);
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
  { threads }: { readonly threads?: number } = {},
): Promise<LoadedEncoder> {
  const run = await openRun(path, threads === undefined ? [] : [`train.threads=${threads}`]);
  const { config, model, statistics, record, step } = run;
  const { size, patchSize } = config.image;
  const program = exampleProgram(model, engineOf(config));
  return {
    config: {
      method: config.method,
      model: trunkConfig(model),
      image: { size, patchSize, ...statistics },
      text: { maxLength: config.text.maxLength },
    },
    classes: record.classNames ?? null,
    step,
    async encode(pictures, captions) {
      const examples = { pictures, ...(captions !== undefined && { captions }) };
      checkExamples(run, examples);
      const { cls, mean, patches, logits } = await encodeExamples(run, program, examples);
      const values = ({ data }: NdArray) => Float32Array.from(data);
      return {
        dim: model.embedDim,
        cls: values(cls),
        mean: values(mean),
        patches: values(patches),
        ...(logits && { logits: values(logits) }),
      };
    },
    dispose: () => program.dispose(),
  };
}
