import type { Batch } from '@m3ae/datasets';
import type { NdArray } from '@m3ae/tree';
import { evaluationLoader, type LoaderSettings } from '../run/loaders.js';
import type { Part } from '../run/parts.js';
import { streamsOf } from '../run/streams.js';
import { stacked } from './rows.js';

/** Pictures with their captions, as a model takes them. */
export interface LoadedPairs {
  /** [examples, patches, patchDim] */
  readonly patches: NdArray;
  /** int32 [examples, textLength] */
  readonly tokenIds: NdArray;
  /** 1 = padding: [examples, textLength] */
  readonly paddingMask: NdArray;
}

/** Those of a part that could be read. */
export interface ReadPairs extends LoadedPairs {
  /** Which example each row is of: [examples]. */
  readonly indices: Int32Array;
}

/** Examples read at once. */
const chunk = 128;

/** Reads all pairs of a part that can be read: whole pictures by their centre, captions cut to the model's text. */
export async function loadPairs(part: Part, settings: LoaderSettings): Promise<ReadPairs> {
  const loader = evaluationLoader(part, streamsOf(settings.config.seed).validation, settings);
  const batches: Required<Pick<Batch, 'patches' | 'tokenIds' | 'paddingMask' | 'indices'>>[] = [];
  try {
    for (let start = 0; start < part.indices.length; start += chunk) {
      const wanted = part.indices.slice(start, start + chunk);
      const { patches, tokenIds, paddingMask, indices } = await loader.load({ step: 0, indices: wanted });
      batches.push({ patches: patches!, tokenIds: tokenIds!, paddingMask: paddingMask!, indices });
    }
  } finally {
    await loader.close();
  }
  const column = (name: 'patches' | 'tokenIds' | 'paddingMask') =>
    stacked(batches.map((batch) => batch[name]));
  return {
    indices: Int32Array.from(batches.flatMap(({ indices }) => [...indices])),
    patches: column('patches'),
    tokenIds: column('tokenIds'),
    paddingMask: column('paddingMask'),
  };
}
