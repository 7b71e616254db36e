import { invalidField } from '@m3ae/errors';
import { normalizedPatches, type Tokenizer } from '@m3ae/preprocess';
import { foldIn } from '@m3ae/random';
import { type NdArray, ndArray } from '@m3ae/tree';
import type { Dataset } from '../dataset.js';
import { mapSettled } from '../parallel.js';
import type { Batch, BatchRequest, StoredPictures } from './batch.js';
import { type AssemblyOptions, createTokenizerOf } from './options.js';
import { createPictureReader, refuseOutside } from './readable.js';
import { captionPurpose, viewOf } from './view.js';

/** Pictures decoded at a time: decoding runs in libuv's pool, which has four threads. */
const parallelDecodes = 4;

/** Makes batches, in whichever thread it lives; one depends on nothing but the dataset, the options and the request. */
export function createAssembler(dataset: Dataset, options: AssemblyOptions) {
  const { image, text, key, evaluation, examples } = options;
  const tokenizer = text && createTokenizerOf(text.tokenizer ?? 'bert');
  const pictures = createPictureReader(dataset, options);
  const served = examples && new Set(examples);

  return {
    /** Files found undecodable since the last call. */
    takeBadFiles: () => pictures.takeBadFiles(),
    async assemble(request: BatchRequest, stored: StoredPictures = []): Promise<Batch> {
      checkRequest(request, dataset, served);
      const { indices: wanted, step, firstPosition = 0 } = request;
      const indices = wanted.slice();
      const stepKey = foldIn(key, step);
      let patches: Float32Array | undefined;
      let rows: readonly number[] = Array.from(wanted.keys());
      if (image && dataset.kind !== 'text') {
        const values = 3 * image.size ** 2;
        patches = new Float32Array(wanted.length * values);
        const found = await mapSettled(wanted, parallelDecodes, async (index, position) => {
          const bytes = stored[position];
          const read = await (evaluation ? pictures.read(index, bytes) : pictures.readOrNext(index, bytes));
          if (read === undefined) return false;
          indices[position] = read.index;
          const view = viewOf(read.picture, image, foldIn(stepKey, position + firstPosition));
          const { patchSize, mean, std } = image;
          const options = { patchSize, mean, std, mirror: view.mirror };
          normalizedPatches(view.image, options, patches!, position * values);
          return true;
        });
        rows = rows.filter((position) => found[position]);
        if (rows.length < wanted.length) patches = onlyRows(patches, rows, values);
      }
      const used = Int32Array.from(rows, (position) => indices[position]!);
      const captionOf = captionReader(dataset, options, request);
      const tokens =
        tokenizer && encodeCaptions(captionOf, { ...request, indices, rows }, tokenizer, text!.maxLength);
      const { labels } = dataset;
      return {
        patches: patches && image && toPatchArray(patches, rows.length, image),
        tokenIds: tokens?.tokenIds,
        paddingMask: tokens?.paddingMask,
        labels:
          labels &&
          ndArray(
            used.map((index) => labels[index]!),
            [rows.length],
          ),
        indices: used,
      };
    },
  };
}

/** Some rows of `values` numbers each, in memory of their own, which can be handed to another thread. */
function onlyRows(patches: Float32Array, rows: readonly number[], values: number): Float32Array {
  const kept = new Float32Array(rows.length * values);
  rows.forEach((row, at) => kept.set(patches.subarray(row * values, (row + 1) * values), at * values));
  return kept;
}

function toPatchArray(
  patches: Float32Array,
  batch: number,
  { size, patchSize }: { size: number; patchSize: number },
): Batch['patches'] {
  return ndArray(patches, [batch, (size / patchSize) ** 2, 3 * patchSize ** 2]);
}

/** Captions as a request sees them: drawn from the example's key, or, for evaluation, always the same. */
function captionReader(
  dataset: Dataset,
  { key, evaluation }: AssemblyOptions,
  { step, firstPosition = 0 }: BatchRequest,
): (index: number, position: number) => string {
  if (evaluation || !dataset.drawCaption) return (index) => dataset.caption(index);
  const stepKey = foldIn(key, step);
  return (index, position) =>
    dataset.drawCaption!(index, foldIn(foldIn(stepKey, position + firstPosition), captionPurpose));
}

/** Captions of the positions `rows` of a request, one below the other. */
function encodeCaptions(
  captionOf: (index: number, position: number) => string,
  { indices, useText, rows }: BatchRequest & { readonly rows: readonly number[] },
  tokenizer: Tokenizer,
  maxLength: number,
): { tokenIds: NdArray; paddingMask: NdArray } {
  const tokenIds = new Int32Array(rows.length * maxLength);
  const paddingMask = new Float32Array(rows.length * maxLength).fill(1);
  rows.forEach((position, row) => {
    if (useText?.[position] === 0) return;
    const encoded = tokenizer.encodePadded(captionOf(indices[position]!, position), maxLength);
    tokenIds.set(encoded.tokenIds, row * maxLength);
    paddingMask.set(encoded.paddingMask, row * maxLength);
  });
  const shape = [rows.length, maxLength];
  return { tokenIds: ndArray(tokenIds, shape), paddingMask: ndArray(paddingMask, shape) };
}

function checkRequest(
  { step, indices, useText }: BatchRequest,
  dataset: Dataset,
  served: ReadonlySet<number> | undefined,
): void {
  if (!Number.isInteger(step) || step < 0) {
    throw invalidField('step', 'an integer of at least 0', step, 'Count the steps from 0.');
  }
  refuseOutside('indices', indices, dataset);
  const stranger = served && indices.find((index) => !served.has(index));
  if (stranger !== undefined) {
    const remedy = 'Ask another loader, or name it there.';
    throw invalidField('indices', "among the loader's examples", stranger, remedy);
  }
  if (useText && useText.length !== indices.length) {
    const rule = `one number an index, ${indices.length}`;
    throw invalidField('useText', rule, useText.length, 'Leave it out to use every caption.');
  }
}
