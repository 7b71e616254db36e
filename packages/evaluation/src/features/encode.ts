import type { Batch, Loader } from '@m3ae/datasets';
import { requirePositiveInteger } from '@m3ae/errors';
import type { NdArray } from '@m3ae/tree';
import { type EvaluationPeers, fillRows, inOrder, ownItems, stackRows } from '../batches.js';
import type { Matrix } from '../matrix.js';

/** Features of the pictures that could be read, and their classes. */
export interface EncodedExamples {
  /** By name: [pictures, columns] each. */
  readonly features: Readonly<Record<string, Matrix>>;
  /** 0 where the pictures have no classes: [pictures]. */
  readonly labels: Int32Array;
  /** Which example each row is of: [pictures]. */
  readonly indices: Int32Array;
}

/** Makes features of a batch of pictures [batch, patches, patchDim]: a row each, by name. */
export type MakeFeatures = (patches: NdArray) => Promise<Readonly<Record<string, ArrayLike<number>>>>;

/** Matrices that are filled from above, of at most `rows` rows. */
function growing(rows: number) {
  const grown: Record<string, { columns: number; data: Float32Array }> = {};
  return {
    write(at: number, found: Readonly<Record<string, ArrayLike<number>>>, count: number, surplus: number) {
      for (const [name, values] of Object.entries(found)) {
        const columns = values.length / (count + surplus);
        const { data } = (grown[name] ??= { columns, data: new Float32Array(rows * columns) });
        for (let i = 0; i < count * columns; i++) data[at * columns + i] = values[i]!;
      }
    },
    matrices: (filled: number): Record<string, Matrix> =>
      Object.fromEntries(
        Object.entries(grown).map(([name, { columns, data }]) => [
          name,
          { rows: filled, columns, data: data.subarray(0, filled * columns) },
        ]),
      ),
  };
}

/**
 * Features of every picture of a part that can be read.
 *
 * Batches are filled up to one size, so that the engine prepares once; the surplus is not written.
 *
 * @param make - E.g. of {@link encoderProgram}; features of your own encoder do as well.
 * @param loader - One for evaluation: no chance, and what cannot be decoded left out.
 * @param indices - Examples of the loader's dataset.
 * @param onProgress - Told how many examples were asked for.
 * @param peers - Processes that encode a share of the batches each, and have all features at the end: the same bits as one
 * process alone.
 * @throws InvalidInput if `batchSize` is no positive integer.
 */
export async function encodePictures(
  make: MakeFeatures,
  loader: Pick<Loader, 'stream'>,
  indices: Int32Array,
  batchSize: number,
  onProgress: (done: number) => void = () => {},
  peers?: EvaluationPeers,
): Promise<EncodedExamples> {
  requirePositiveInteger('batchSize', batchSize, 'Take 32.');
  const size = Math.min(batchSize, indices.length);
  const grown = growing(indices.length);
  const labels = new Int32Array(indices.length);
  const read = new Int32Array(indices.length);
  const requests = Array.from({ length: Math.ceil(indices.length / size) }, (_, batch) => ({
    step: 0,
    indices: indices.slice(batch * size, (batch + 1) * size),
  }));
  async function* encoded() {
    for await (const { patches, labels: found, indices: used } of loader.stream(ownItems(requests, peers))) {
      const features = used.length === 0 ? {} : await make(fillRows(patches!, 0, size));
      yield { features, found: found?.data, used };
    }
  }
  let [at, asked] = [0, 0];
  for await (const { features, found, used } of inOrder(requests.length, encoded(), peers)) {
    grown.write(at, features, used.length, size - used.length);
    if (found) labels.set(found, at);
    read.set(used, at);
    at += used.length;
    asked = Math.min(asked + size, indices.length);
    onProgress(asked);
  }
  return { features: grown.matrices(at), labels: labels.slice(0, at), indices: read.slice(0, at) };
}

/** Pictures with their captions, as a model takes them. */
export interface LoadedPairs {
  /** [examples, patches, patchDim] */
  readonly patches: NdArray;
  /** int32 [examples, textLength] */
  readonly tokenIds: NdArray;
  /** 1 = padding: [examples, textLength] */
  readonly paddingMask: NdArray;
}

/** Some texts as a model takes them. */
export type LoadedTexts = Omit<LoadedPairs, 'patches'>;

/** Texts as the rows of a batch: [texts, textLength]. */
export function textRows(
  texts: readonly { readonly tokenIds: Int32Array; readonly paddingMask: Float32Array }[],
): LoadedTexts {
  const column = (name: 'tokenIds' | 'paddingMask') =>
    stackRows(texts.map((text) => ({ shape: [1, text[name].length], data: text[name] })));
  return { tokenIds: column('tokenIds'), paddingMask: column('paddingMask') };
}

/** Ids of the pieces of one row's caption, without padding. */
export function piecesOfRow({ tokenIds, paddingMask }: LoadedTexts, row: number): Int32Array {
  const start = row * tokenIds.shape[1]!;
  const ids = tokenIds.data.subarray(start, start + tokenIds.shape[1]!);
  return Int32Array.from(ids).filter((_, place) => !paddingMask.data[start + place]);
}

/** Examples read at once. */
const chunk = 128;

/**
 * Reads all pairs that can be read of some examples of the dataset of a loader for evaluation.
 *
 * @returns Beside the pairs, which example each row is of: [examples].
 */
export async function loadPairs(
  loader: Pick<Loader, 'load'>,
  wanted: Int32Array,
): Promise<LoadedPairs & { readonly indices: Int32Array }> {
  const batches: Required<Pick<Batch, 'patches' | 'tokenIds' | 'paddingMask' | 'indices'>>[] = [];
  for (let start = 0; start < wanted.length; start += chunk) {
    const request = { step: 0, indices: wanted.slice(start, start + chunk) };
    const { patches, tokenIds, paddingMask, indices } = await loader.load(request);
    batches.push({ patches: patches!, tokenIds: tokenIds!, paddingMask: paddingMask!, indices });
  }
  const column = (name: 'patches' | 'tokenIds' | 'paddingMask') =>
    stackRows(batches.map((batch) => batch[name]));
  const indices = Int32Array.from(batches.flatMap((batch) => [...batch.indices]));
  return {
    indices,
    patches: column('patches'),
    tokenIds: column('tokenIds'),
    paddingMask: column('paddingMask'),
  };
}
