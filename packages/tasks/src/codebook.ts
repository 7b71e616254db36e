import { invalidField } from '@m3ae/errors';
import { unpatchify } from '@m3ae/preprocess';
import { floatsOf, type NdArray } from '@m3ae/tree';
import { type ImageTokenizerLayout, placing, type RunTokenizer } from './image-tokenizer.js';

type Axes = NonNullable<ImageTokenizerLayout['axes']>;

/** The two halves of a tokenizer that work with vectors instead of codes. */
export interface VectorHalves {
  /** Pictures to one vector a patch: [batch, dim, rows, columns], or [batch, rows, columns, dim] with `axes` `'nhwc'`. */
  readonly encode: RunTokenizer;
  /**
   * Such vectors, or with `takes` `'codes'` ids [batch, rows, columns], to pictures; absent where the entries of the code book are the
   * patches themselves: [row, column, channel], in the range of the layout.
   */
  readonly decode?: RunTokenizer;
  /** What `decode` takes. Default `'codes'`. */
  readonly takes?: 'codes' | 'vectors';
}

/**
 * Makes a tokenizer that gives vectors into one that gives codes, for `createImageTokenizer`: a vector's code is the nearest entry of a code
 * book by squared distance, of several the first.
 *
 * @param book - [codes, dim].
 * @throws InvalidInput if the code book is no table of `layout.codes` rows.
 *
 * @example
 * ```ts
 * const halves = withCodebook({ encode, decode, takes: 'vectors' }, book, layout);
 * const tokenizer = createImageTokenizer(halves, layout);
 * ```
 *
 * @see van den Oord et al., Neural Discrete Representation Learning, https://arxiv.org/abs/1711.00937, equation 1
 */
export function withCodebook(
  { encode, decode, takes = 'codes' }: VectorHalves,
  book: NdArray,
  layout: ImageTokenizerLayout,
): { readonly encode: RunTokenizer; readonly decode?: RunTokenizer } {
  const { codes, axes = 'nchw' } = layout;
  const [rows, dim = 0] = book.shape;
  if (book.shape.length !== 2 || rows !== codes)
    throw invalidField(
      'codebook',
      `of ${codes} rows`,
      `[${book.shape}]`,
      'Give the number of codes that it has.',
    );
  const isLast = axes === 'nhwc';
  const vectorsOf = (ids: NdArray) => lookUp(ids, book, axes);
  const own =
    dim === 3 * layout.patchSize ** 2 && ((ids: NdArray) => Promise.resolve(pictureOf(ids, book, layout)));
  return {
    encode: async (pictures) => {
      const vectors = await encode(pictures);
      const [batch = 0, ...rest] = vectors.shape;
      if (rest.length !== 3 || rest[isLast ? 2 : 0] !== dim)
        throw invalidField(
          'latents',
          isLast ? `[batch, rows, columns, ${dim}]` : `[batch, ${dim}, rows, columns]`,
          `[${vectors.shape}]`,
          'Choose the output and axes that fit the code book.',
        );
      const sides = isLast ? rest.slice(0, 2) : rest.slice(1);
      return { shape: [batch, ...sides], data: nearestCodes(vectors, book, axes) };
    },
    ...(decode
      ? { decode: takes === 'vectors' ? (ids: NdArray) => decode(vectorsOf(ids)) : decode }
      : own && { decode: own }),
  };
}

/** The code with the largest logit in each place: [batch, patches, codes] to int32 [batch, patches]. */
export function likeliestCodes({ shape, data }: NdArray): NdArray {
  const [batch = 0, patches = 0, codes = 0] = shape;
  const ids = Int32Array.from({ length: batch * patches }, (_, place) => {
    let best = 0;
    for (let code = 1; code < codes; code++)
      if (data[place * codes + code]! > data[place * codes + best]!) best = code;
    return best;
  });
  return { shape: [batch, patches], data: ids };
}

/** For each place the entry with the least |entry|^2 - 2 entry . vector, which differs from the squared distance by a constant. */
function nearestCodes({ shape, data }: NdArray, book: NdArray, axes: Axes): Int32Array {
  const [codes = 0, dim = 0] = book.shape;
  const halves = Float64Array.from({ length: codes }, (_, code) => {
    let sum = 0;
    for (let at = 0; at < dim; at++) sum += book.data[code * dim + at]! ** 2;
    return sum / 2;
  });
  const [batch = 0] = shape;
  const places = data.length / Math.max(1, batch * dim);
  const placeOf = placing(axes, dim, places);
  const vector = new Float64Array(dim);
  return Int32Array.from({ length: batch * places }, (_, which) => {
    for (let at = 0; at < dim; at++) vector[at] = data[placeOf(which * dim + at)]!;
    let [best, least] = [0, Infinity];
    for (let code = 0; code < codes; code++) {
      let distance = halves[code]!;
      for (let at = 0, entry = code * dim; at < dim; at++, entry++)
        distance -= vector[at]! * book.data[entry]!;
      if (distance < least) [best, least] = [code, distance];
    }
    return best;
  });
}

/** Vectors of codes: int32 [batch, rows, columns] to float32 [batch, dim, rows, columns], or with the vectors last. */
function lookUp(
  { shape, data: ids }: NdArray,
  { shape: [, dim = 0], data: book }: NdArray,
  axes: Axes,
): NdArray {
  const [batch = 0, rows = 0, columns = 0] = shape;
  const placeOf = placing(axes, dim, rows * columns);
  const data = new Float32Array(ids.length * dim);
  ids.forEach((id: number, which: number) => {
    for (let at = 0; at < dim; at++) data[placeOf(which * dim + at)] = book[id * dim + at]!;
  });
  return { shape: axes === 'nhwc' ? [batch, rows, columns, dim] : [batch, dim, rows, columns], data };
}

/** Pictures whose patches are the vectors. */
function pictureOf(
  ids: NdArray,
  book: NdArray,
  { size, patchSize, axes = 'nchw' }: ImageTokenizerLayout,
): NdArray {
  const [batch = 0] = ids.shape;
  const patches = floatsOf(lookUp(ids, book, 'nhwc'));
  const grid = { height: size, width: size, channels: 3, patchSize };
  const values = size * size * 3;
  const placeOf = placing(axes, 3, size * size);
  const data = new Float32Array(batch * values);
  for (let begin = 0; begin < data.length; begin += values) {
    const own = unpatchify(patches.subarray(begin, begin + values), grid);
    own.forEach((value, at) => (data[placeOf(begin + at)] = value));
  }
  return { shape: axes === 'nhwc' ? [batch, size, size, 3] : [batch, 3, size, size], data };
}
