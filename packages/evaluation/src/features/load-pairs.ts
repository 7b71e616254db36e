import type { Batch, Loader } from '@m3ae/datasets';
import type { NdArray } from '@m3ae/tree';
import { stackRows } from '../batches.js';

/** Pictures with their captions, as a model takes them. */
export interface LoadedPairs {
  /** [examples, patches, patchDim] */
  readonly patches: NdArray;
  /** int32 [examples, textLength] */
  readonly tokenIds: NdArray;
  /** 1 = padding: [examples, textLength] */
  readonly paddingMask: NdArray;
}

/** Examples read at once. */
const chunk = 128;

/**
 * Reads all pairs of a part that can be read.
 *
 * @param loader - One for evaluation, of pictures and captions.
 * @param wanted - Examples of its dataset.
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
  return {
    indices: Int32Array.from(batches.flatMap(({ indices }) => [...indices])),
    patches: column('patches'),
    tokenIds: column('tokenIds'),
    paddingMask: column('paddingMask'),
  };
}
