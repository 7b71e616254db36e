import type { Runner } from '@m3ae/compile';
import { faultOf, isRecord, throwFaults } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import { encoderProgram } from '../features/encode.js';
import type { LoadedForm } from './data-split.js';
import { type OpenedModel, requireKind } from './opened-model.js';

/** What makes features of pictures: {@link pictureEncoderOf} a model, or a function of your own. */
export interface PictureEncoder {
  /** How its pictures are prepared. */
  readonly image: LoadedForm['image'];
  /** Stands for the weights in the names of features that are kept; another for each other function. */
  readonly weights: string;
  /** Names of the features that it makes, e.g. `mean` and `cls`. */
  readonly features: readonly string[];
  /**
   * Makes features of a batch, by name: flat numbers, [batch, columns] row by row, as many columns each time.
   *
   * @param patches - [batch, patches, patchDim], always as many; a patch flattens (row, column, channel).
   */
  encode(patches: NdArray): Promise<Readonly<Record<string, ArrayLike<number>>>>;
  /** Frees what it holds. */
  dispose(): Promise<void>;
}

/**
 * The features that an encoder makes of a batch.
 *
 * @throws InvalidInput if one that it names is not there, or is no flat list with a row for each picture.
 */
export async function encodeBatch(
  encoder: PictureEncoder,
  patches: NdArray,
): Promise<Readonly<Record<string, ArrayLike<number>>>> {
  const found: unknown = await encoder.encode(patches);
  const made = isRecord(found) ? found : {};
  const [batch = 0] = patches.shape;
  throwFaults(
    encoder.features.map((name) => {
      const values = made[name];
      const isList = Array.isArray(values) || (ArrayBuffer.isView(values) && 'length' in values);
      const length = isList ? Number(values.length) : 0;
      if (length > 0 && length % batch === 0 && typeof (values as ArrayLike<unknown>)[0] === 'number')
        return undefined;
      const rule = `flat numbers, ${batch} pictures · columns, row by row`;
      const received = isList
        ? `${length} values, [${String((values as ArrayLike<unknown>)[0])}, …]`
        : values;
      return faultOf(`encode(patches).${name}`, rule, received, 'Of a matrix, return its data.');
    }),
  );
  return made as Readonly<Record<string, ArrayLike<number>>>; // looked at above
}

/**
 * The frozen encoder of a model: whole pictures, without text and with nothing hidden. Prepared at its first batch.
 *
 * @throws InvalidInput for a model of an unknown kind.
 */
export function pictureEncoderOf(model: OpenedModel, runner: Runner): PictureEncoder {
  requireKind(model);
  const { config, params, image, weights, kind } = model;
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

/** Lets the frozen encoder of a model work, and frees it. */
export async function withPictureEncoder<Result>(
  model: OpenedModel,
  runner: Runner,
  body: (encoder: PictureEncoder) => Promise<Result>,
): Promise<Result> {
  const encoder = pictureEncoderOf(model, runner);
  return body(encoder).finally(() => encoder.dispose());
}
