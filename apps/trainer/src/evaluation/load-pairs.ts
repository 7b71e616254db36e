import type { NdArray } from '@m3ae/tree';
import { evaluationLoader, type LoaderSettings } from '../run/loaders.js';
import type { Part } from '../run/parts.js';
import { streamsOf } from '../run/streams.js';

/** Pictures with their captions, as a model takes them. */
export interface LoadedPairs {
  /** Which example each row is of: [examples]. */
  readonly indices: Int32Array;
  /** [examples, patches, patchDim] */
  readonly patches: NdArray;
  /** int32 [examples, textLength] */
  readonly tokenIds: NdArray;
  /** 1 = padding: [examples, textLength] */
  readonly paddingMask: NdArray;
}

/** Examples read at once. */
const chunk = 128;

/** Arrays of the same row shape, one below the other. */
function stacked(arrays: readonly NdArray[]): NdArray {
  const [, ...row] = arrays[0]!.shape;
  const total = arrays.reduce((sum, { data }) => sum + data.length, 0);
  const data = arrays[0]!.data instanceof Int32Array ? new Int32Array(total) : new Float32Array(total);
  let at = 0;
  for (const array of arrays) {
    data.set(array.data, at);
    at += array.data.length;
  }
  return { shape: [arrays.reduce((sum, { shape }) => sum + shape[0]!, 0), ...row], data };
}

/** Reads all pairs of a part: whole pictures by their centre, captions cut to the model's text. */
export async function loadPairs(part: Part, settings: LoaderSettings): Promise<LoadedPairs> {
  const loader = evaluationLoader(part, streamsOf(settings.config.seed).validation, settings);
  const batches: Omit<LoadedPairs, 'indices'>[] = [];
  try {
    for (let start = 0; start < part.indices.length; start += chunk) {
      const indices = part.indices.slice(start, start + chunk);
      const { patches, tokenIds, paddingMask } = await loader.load({ step: 0, indices });
      batches.push({ patches: patches!, tokenIds: tokenIds!, paddingMask: paddingMask! });
    }
  } finally {
    await loader.close();
  }
  const column = (name: 'patches' | 'tokenIds' | 'paddingMask') =>
    stacked(batches.map((batch) => batch[name]));
  return {
    indices: part.indices,
    patches: column('patches'),
    tokenIds: column('tokenIds'),
    paddingMask: column('paddingMask'),
  };
}
