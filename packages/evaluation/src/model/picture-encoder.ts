import type { Runner } from '@m3ae/compile';
import type { NdArray } from '@m3ae/tree';
import { encoderProgram } from '../features/encode.js';
import type { LoadedForm } from './data-split.js';
import type { OpenedModel } from './opened-model.js';

/** What makes features of pictures: {@link pictureEncoderOf} a model, or a function of your own. */
export interface PictureEncoder {
  /** How its pictures are prepared. */
  readonly image: LoadedForm['image'];
  /** Stands for the weights in the names of features that are kept; another for each other function. */
  readonly weights: string;
  /** Names of the features that it makes, e.g. `mean` and `cls`. */
  readonly features: readonly string[];
  /**
   * Makes features of a batch: a row each, by name.
   *
   * @param patches - [batch, patches, patchDim], always as many; a patch flattens (row, column, channel).
   */
  encode(patches: NdArray): Promise<Readonly<Record<string, ArrayLike<number>>>>;
  /** Frees what it holds. */
  dispose(): Promise<void>;
}

/** The frozen encoder of a model: whole pictures, without text and with nothing hidden. Prepared at its first batch. */
export function pictureEncoderOf(
  { config, params, image, weights, kind }: OpenedModel,
  runner: Runner,
): PictureEncoder {
  const program = encoderProgram(runner, config);
  return {
    image,
    weights,
    features: kind === 'supervised' ? ['cls', 'mean', 'logits'] : ['cls', 'mean'],
    async encode(patches) {
      const { cls, mean, logits } = await program.run(params, patches);
      return { cls: cls.data, mean: mean.data, ...(logits && { logits: logits.data }) };
    },
    dispose: () => program.dispose(),
  };
}
