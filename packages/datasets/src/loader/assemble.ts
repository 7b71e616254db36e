import { pluralize } from '@m3ae/errors';
import { normalizedPatches } from '@m3ae/preprocess';
import { foldIn } from '@m3ae/random';
import { ndArray } from '@m3ae/tree';
import type { Dataset } from '../dataset.js';
import { datasetError, invalidField, listSome, messageOf } from '../errors.js';
import type { BadFile, Batch, BatchRequest } from './batch.js';
import type { AssemblyOptions } from './options.js';
import { createTextEncoder } from './text.js';
import { captionPurpose, viewOf } from './view.js';

/** Makes batches out of requests, in whichever thread it lives. */
export interface Assembler {
  assemble(request: BatchRequest): Promise<Batch>;
  /** Files found undecodable since the last call. */
  takeBadFiles(): BadFile[];
}

/** Pictures decoded at a time: decoding runs in libuv's pool, which has four threads. */
const parallelDecodes = 4;

/** Makes an {@link Assembler}; its result depends on nothing but the dataset, the options and the request. */
export function createAssembler(dataset: Dataset, options: AssemblyOptions): Assembler {
  const { image, key } = options;
  const text = options.text && createTextEncoder(options.text);
  const bad = new Map<number, BadFile>();
  let untold: BadFile[] = [];

  // The next decodable example after a bad one: a rule that needs no memory, so every worker applies it alike.
  const decodable = async (
    wanted: number,
  ): Promise<{ index: number; picture: Awaited<ReturnType<Dataset['image']>> }> => {
    for (
      let index = wanted, tries = 0;
      tries < dataset.length;
      tries++, index = (index + 1) % dataset.length
    ) {
      if (bad.has(index)) continue;
      try {
        return { index, picture: await dataset.image(index) };
      } catch (error) {
        if ((error as Error).name !== 'DatasetError') throw error;
        const file = { index, name: dataset.describe(index), reason: messageOf(error) };
        if (!bad.has(index)) untold.push(file);
        bad.set(index, file);
        refuseTooManyBad([...bad.values()], dataset, options.maxBadShare);
      }
    }
    throw datasetError(`No picture of ${dataset.name} can be decoded.`);
  };

  return {
    takeBadFiles() {
      const files = untold;
      untold = [];
      return files;
    },
    async assemble(request) {
      checkRequest(request, dataset);
      const batch = request.indices.length;
      const indices = request.indices.slice();
      const stepKey = foldIn(key, request.step);
      let patches: Float32Array | undefined;
      if (image && dataset.kind !== 'text') {
        const values = 3 * image.size ** 2;
        patches = new Float32Array(batch * values);
        await inParallel(batch, async (position) => {
          const { index, picture } = await decodable(indices[position]!);
          indices[position] = index;
          const view = viewOf(picture, image, foldIn(stepKey, position + (request.firstPosition ?? 0)));
          normalizedPatches(view, image, patches!, position * values);
        });
      }
      const tokens =
        text && encodeCaptions(captionReader(dataset, options, request), indices, request.useText, text);
      const { labels } = dataset;
      return {
        patches: patches && image && toPatchArray(patches, batch, image),
        tokenIds: tokens && ndArray(tokens.tokenIds, [batch, text!.maxLength]),
        paddingMask: tokens && ndArray(tokens.paddingMask, [batch, text!.maxLength]),
        labels:
          labels &&
          ndArray(
            Int32Array.from(indices, (index) => labels[index]!),
            [batch],
          ),
        indices,
      };
    },
  };
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

function encodeCaptions(
  captionOf: (index: number, position: number) => string,
  indices: Int32Array,
  useText: Uint8Array | undefined,
  text: ReturnType<typeof createTextEncoder>,
): { tokenIds: Int32Array; paddingMask: Float32Array } {
  const { maxLength } = text;
  const tokenIds = new Int32Array(indices.length * maxLength);
  const paddingMask = new Float32Array(indices.length * maxLength).fill(1);
  indices.forEach((index, position) => {
    if (useText?.[position] === 0) return;
    const encoded = text.encode(captionOf(index, position));
    tokenIds.set(encoded.tokenIds, position * maxLength);
    paddingMask.set(encoded.paddingMask, position * maxLength);
  });
  return { tokenIds, paddingMask };
}

/** Throws when more files are bad than `maxBadShare` of the dataset. */
export function refuseTooManyBad(bad: readonly BadFile[], dataset: Dataset, maxBadShare: number): void {
  if (bad.length <= maxBadShare * dataset.length) return;
  const files = listSome(
    bad.map(({ reason }) => reason),
    5,
  );
  throw datasetError(
    `${bad.length} of the ${pluralize(dataset.length, 'picture')} of ${dataset.name} cannot be decoded, more than ` +
      `maxBadShare ${maxBadShare} allows: ${files} Mend or remove them, or raise maxBadShare.`,
  );
}

function checkRequest({ step, indices, useText }: BatchRequest, dataset: Dataset): void {
  if (!Number.isInteger(step) || step < 0) {
    throw invalidField('step', 'an integer of at least 0', step, 'Count the steps from 0.');
  }
  const outside = indices.find((index) => !(index >= 0 && index < dataset.length));
  if (outside !== undefined) {
    const rule = `from 0 to ${dataset.length - 1}`;
    throw invalidField(
      'indices',
      rule,
      outside,
      `${dataset.name} has ${pluralize(dataset.length, 'example')}.`,
    );
  }
  if (useText && useText.length !== indices.length) {
    const rule = `one number an index, ${indices.length}`;
    throw invalidField('useText', rule, useText.length, 'Leave it out to use every caption.');
  }
}

async function inParallel(count: number, task: (position: number) => Promise<void>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await task(next++);
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(parallelDecodes, count) }, work));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
