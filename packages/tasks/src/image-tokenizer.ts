import type { Batch, Loader } from '@m3ae/datasets';
import { faultOf, invalidField } from '@m3ae/errors';
import {
  checkOptions,
  integer,
  matching,
  oneOf,
  record,
  refined,
  type RulesOf,
  withDefault,
} from '@m3ae/errors/rules';
import { patchify, unpatchify } from '@m3ae/preprocess';
import type { NdArray } from '@m3ae/tree';

/** How an image tokenizer and its pictures are laid out. */
export interface ImageTokenizerLayout {
  /** Side of the square picture, and of its patches, in pixels. */
  readonly size: number;
  readonly patchSize: number;
  /** Of each channel, for values in [0, 1]: what the patches were normalized by. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Number of codes: ids are below it. */
  readonly codes: number;
  /** Order of the axes of pictures: [batch, channels, height, width] or [batch, height, width, channels]. Default `'nchw'`. */
  readonly axes?: 'nchw' | 'nhwc';
  /** What black and white are to the tokenizer. Default [0, 1]. */
  readonly range?: readonly [number, number];
}

/** Runs one of a tokenizer's two halves: pictures to ids, or ids to pictures. */
export type RunTokenizer = (input: NdArray) => Promise<NdArray>;

/** Turns patches into codes, and codes into patches. */
export interface ImageTokenizer {
  /** @param patches - Normalized: [batch, patches, patchDim]. @returns int32 [batch, patches], row by row. */
  encode(patches: NdArray): Promise<NdArray>;
  /** @param ids - int32 [batch, patches]. @returns Normalized patches: [batch, patches, patchDim]. */
  decode(ids: NdArray): Promise<NdArray>;
}

const channels = 3;

/**
 * Where a number lies in an array with that order of axes, from where it lies if the `dim` numbers of each vector stand side by
 * side.
 *
 * @param places - Vectors of a picture.
 */
export const placing = (axes: 'nchw' | 'nhwc', dim: number, places: number) => (at: number) => {
  if (axes === 'nhwc') return at;
  const vector = Math.floor(at / dim);
  return (Math.floor(vector / places) * dim + (at % dim)) * places + (vector % places);
};

/** One number a channel, each of which passes a test. */
const perChannel = (rule: string, test: (value: number) => boolean) =>
  matching<readonly number[]>(
    rule,
    (list) => Array.isArray(list) && list.length === channels && list.every(test),
    'Pass what the pictures were normalized by.',
    [],
  );

const layoutRule = refined(
  record({
    size: integer({ min: 1 }, 'Pass the side of a picture in pixels.'),
    patchSize: integer({ min: 1 }, 'Pass that of the model.'),
    mean: perChannel('three numbers', Number.isFinite),
    std: perChannel('three numbers above 0', (value) => value > 0),
    codes: integer({ min: 1 }, 'Count the entries of the code book.'),
    axes: withDefault(oneOf(['nchw', 'nhwc']), 'nchw'),
    range: withDefault(
      matching<readonly [number, number]>(
        'two numbers, the second above the first',
        (range) => Array.isArray(range) && range.length === 2 && range[1] > range[0],
        'Write e.g. [0, 1].',
        [0, 1],
      ),
      [0, 1],
    ),
  } as const satisfies RulesOf<ImageTokenizerLayout>),
  ['size', 'patchSize'],
  ({ size, patchSize }) => [
    size % patchSize !== 0 &&
      faultOf('patchSize', `a divisor of size (${size})`, patchSize, 'Pass that of the model.'),
  ],
);

/**
 * Wraps an image tokenizer, such as that of MaskGIT or DALL-E, whose codes M3AE can predict instead of pixels. It sees pictures in
 * its own range, not normalized ones, as its makers trained it.
 *
 * @param runs - Its halves; without `decode`, no picture can be made of codes.
 * @throws InvalidInput naming every fault of the layout.
 *
 * @example
 * ```ts
 * const tokenizer = createImageTokenizer({ encode, decode }, { size: 256, patchSize: 16, mean, std, codes: 1024 });
 * const batch = await withCodes(loader, tokenizer).load({ step: 0, indices }); // batch.imageIds: [batch, 256]
 * ```
 */
export function createImageTokenizer(
  runs: { readonly encode: RunTokenizer; readonly decode?: RunTokenizer },
  layout: ImageTokenizerLayout,
): ImageTokenizer {
  const { size, patchSize, mean, std, codes, axes, range } = checkOptions(layoutRule, layout, {
    whole: 'layout',
  });
  const [low, high] = range;
  const grid = { height: size, width: size, channels, patchSize };
  const side = size / patchSize;
  const values = size * size * channels;
  const shapeOf = (batch: number) =>
    axes === 'nchw' ? [batch, channels, size, size] : [batch, size, size, channels];
  const placeOf = placing(axes, channels, size * size);
  return {
    async encode({ shape, data }) {
      const [batch = 0, patches = 0] = shape;
      const pictures = new Float32Array(batch * values);
      for (let row = 0; row < batch; row++) {
        const own = unpatchify(Float32Array.from(data.subarray(row * values, (row + 1) * values)), grid);
        for (let at = 0; at < values; at++) {
          const value = own[at]! * std[at % channels]! + mean[at % channels]!;
          pictures[placeOf(row * values + at)] = low + (high - low) * Math.min(1, Math.max(0, value));
        }
      }
      const found = await runs.encode({ shape: shapeOf(batch), data: pictures });
      return { shape: [batch, patches], data: checkedIds(found, batch, side * side, codes) };
    },
    async decode(ids) {
      if (!runs.decode)
        throw invalidField('decode', 'there', 'nothing', 'Give the half that makes pictures of codes.');
      const [batch = 0] = ids.shape;
      const { data } = await runs.decode({ ...ids, shape: [batch, side, side] });
      if (data.length !== batch * values)
        throw invalidField(
          'decoded',
          `pictures of ${size} x ${size}`,
          `${data.length} numbers`,
          'Check the decoder.',
        );
      const patches = new Float32Array(batch * values);
      for (let row = 0; row < batch; row++) {
        const own = Float32Array.from({ length: values }, (_, at) => {
          const value = (data[placeOf(row * values + at)]! - low) / (high - low);
          return (Math.min(1, Math.max(0, value)) - mean[at % channels]!) / std[at % channels]!;
        });
        patches.set(patchify(own, grid), row * values);
      }
      return { shape: [batch, side * side, values / side ** 2], data: patches };
    },
  };
}

function checkedIds({ data }: NdArray, batch: number, patches: number, codes: number): Int32Array {
  if (data.length !== batch * patches)
    throw invalidField(
      'ids',
      `${patches} a picture, one a patch`,
      data.length / batch,
      'Choose the patch size that the tokenizer has.',
    );
  const wrong = data.findIndex((id) => !(Number.isInteger(id) && id >= 0 && id < codes));
  if (wrong >= 0)
    throw invalidField(
      'ids',
      `integers from 0 to ${codes - 1}`,
      data[wrong],
      'Give the number of codes that it has.',
    );
  return Int32Array.from(data);
}

/** A loader whose batches of pictures hold their codes too. */
export function withCodes(loader: Loader, tokenizer: Pick<ImageTokenizer, 'encode'>): Loader {
  const coded = async (batch: Batch): Promise<Batch> =>
    batch.patches ? { ...batch, imageIds: await tokenizer.encode(batch.patches) } : batch;
  return {
    ...loader,
    load: async (request) => coded(await loader.load(request)),
    async *stream(requests) {
      for await (const batch of loader.stream(requests)) yield await coded(batch);
    },
  };
}
