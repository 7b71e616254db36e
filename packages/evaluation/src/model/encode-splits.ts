import { type DataSplit, defaultMaxBadShare } from '@m3ae/datasets';
import type { Runner } from '@m3ae/compile';
import { faultOf, isRecord, throwFaults } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import type { EncodedSplit } from '../evaluator.js';
import { encodePictures } from '../features/encode.js';
import { encoderProgram, pooledPixels } from '../features/encoder.js';
import type { FeatureName } from '../probe/classifier-results.js';
import {
  type LoadedForm,
  openSplit,
  type ReadOptions,
  refuseBadOfAll,
  tellUnreadable,
} from './read-split.js';
import { featurePath, type Maker, readKept, writeFeatures } from './feature-files.js';
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
async function encodeBatch(
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

function makersOf(names: readonly FeatureName[], { weights, features }: PictureEncoder): Maker[] {
  return [
    ...(names.some((name) => name !== 'pixels') ? [{ name: weights.slice(0, 16), features }] : []),
    ...(names.includes('pixels') ? [{ name: 'pixels', features: ['pixels'] }] : []),
  ];
}

/** Options of {@link encodeSplits}. */
export interface EncodeOptions extends ReadOptions {
  /** Where features are kept for later; left out, none are. */
  readonly folder?: string;
}

/** A split with its features: of its examples, those that could be read. */
export interface EncodedDataSplit extends EncodedSplit {
  readonly title: string;
  /** Which example of the dataset each row is of. */
  readonly indices: Int32Array;
}

/**
 * Features of some splits: those that are kept, and the others made and kept. Pictures that cannot be read are left out and
 * told; more of them than `maxBadShare` of a split end it.
 *
 * @param names - `both` is `mean` and `cls` side by side; `pixels` are raw, and need no model.
 * @returns On a process other than the first of `peers`, without the splits that the first had kept.
 */
export async function encodeSplits(
  encoder: PictureEncoder,
  splits: readonly DataSplit[],
  names: readonly FeatureName[],
  { batchSize = 64, maxBadShare = defaultMaxBadShare, folder, peers, log }: EncodeOptions = {},
): Promise<EncodedDataSplit[]> {
  const { image } = encoder;
  const makers = makersOf(names, encoder);
  const [learned, pixels] = [makers.some(({ name }) => name !== 'pixels'), names.includes('pixels')];
  const total = splits.reduce((sum, { indices }) => sum + indices.length, 0);
  const encode = async (split: DataSplit, before: number) => {
    const loader = openSplit({ image }, split, maxBadShare);
    const found = await encodePictures(
      // Both kinds of features of a batch, so that pictures are read once.
      async (patches) => ({
        ...(learned && (await encodeBatch(encoder, patches))),
        ...(pixels && { pixels: pooledPixels(patches, image.patchSize, image.mean.length) }),
      }),
      loader,
      split.indices,
      batchSize,
      (count) => log?.part('Encoding pictures', before + count, total),
      peers,
    ).finally(() => loader.close());
    refuseBadOfAll(split, found.indices, maxBadShare);
    return found;
  };
  const leads = peers === undefined || peers.rank === 0;
  const encoded: EncodedDataSplit[] = [];
  let done = 0;
  for (const split of splits) {
    const { name, title, note, indices } = split;
    const paths =
      folder === undefined ? [] : makers.map((one) => featurePath(folder, one.name, split, image));
    const kept = leads ? await readKept(paths, makers) : undefined;
    const [isKept] = (await peers?.gather(kept !== undefined)) ?? [];
    done += indices.length;
    if (isKept && !leads) continue;
    const found = kept ?? (await encode(split, done - indices.length));
    encoded.push({ name, title, note, ...found, ...tellUnreadable(split, found.indices, log) });
    if (kept !== undefined || !leads) continue;
    for (const [at, path] of paths.entries()) await writeFeatures(path, found, makers[at]!.features);
  }
  return encoded;
}
