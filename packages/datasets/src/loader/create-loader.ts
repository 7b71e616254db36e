import pLimit from 'p-limit';
import { requireList, requireRecord, unusable } from '@m3ae/errors';
import { stateOf } from '../create-dataset.js';
import type { Dataset, DatasetSpec } from '../dataset.js';
import { openDataset } from '../open-dataset.js';
import { mapParallel, streamInOrder } from '../parallel.js';
import { createAssembler } from './assemble.js';
import type { BadFile, Batch, BatchRequest, StoredPictures } from './batch.js';
import { type LoaderOptions, type ResolvedLoaderOptions, resolveLoaderOptions } from './options.js';
import { createPool, defaultWorkerFile, type PoolResult } from './pool.js';
import { refuseTooManyBad } from './readable.js';

/** What a loader has done so far. */
export interface LoaderStats {
  readonly batches: number;
  readonly examples: number;
  /** Examples that stood in for one that could not be decoded. */
  readonly replaced: number;
  /** Files that could not be decoded, each once, by index. */
  readonly badFiles: readonly BadFile[];
}

/** Makes batches, in worker threads or in the calling one. */
export interface Loader {
  /**
   * Makes one batch. At most `queueSize` are worked on at a time; further calls wait their turn.
   *
   * @throws InvalidInput if an index is outside the dataset.
   * @throws InvalidInput if too many files are bad; Error if a worker crashed, or the loader was closed.
   */
  load(request: BatchRequest): Promise<Batch>;
  /** Makes the batches of many requests, in their order, always `queueSize` ahead of the consumer. */
  stream(requests: Iterable<BatchRequest> | AsyncIterable<BatchRequest>): AsyncGenerator<Batch, void, void>;
  /** The dataset, once opened. */
  dataset(): Promise<Dataset>;
  /** Counts so far, and every file that could not be read. */
  stats(): LoaderStats;
  /** Ends all threads; requests under way are rejected. May be called twice. */
  close(): Promise<void>;
}

interface Engine {
  run(request: BatchRequest): Promise<PoolResult>;
  close(reason: Error): Promise<void>;
}

/**
 * Makes a loader: examples by index in, arrays for a training step out.
 *
 * The result depends on the dataset, the options and the request alone: not on the number of workers, nor on what was
 * loaded before. The dataset is opened on first use, or given open; its faults show at the first `load`.
 *
 * @param source - A spec, or a dataset that is already open.
 * @param options - What to make of pictures and captions, and how many threads do it.
 * @throws InvalidInput listing every option that is unknown or out of range.
 *
 * @example
 * ```ts
 * const loader = createLoader(
 *   { kind: 'folder', path: 'photos' },
 *   { image: { size: 256, patchSize: 16 }, text: { maxLength: 64 }, key: key(0), workers: 2 },
 * );
 * const batch = await loader.load({ step: 0, indices: Int32Array.of(3, 1) });
 * batch.patches?.shape; // [2, 256, 768]
 * await loader.close();
 * ```
 */
export function createLoader(source: DatasetSpec | Dataset, options: LoaderOptions): Loader {
  const resolved = resolveLoaderOptions(options);
  const badFiles = new Map<number, BadFile>();
  const counts = { batches: 0, examples: 0, replaced: 0 };
  let opened: Promise<{ dataset: Dataset; engine: Engine }> | undefined;
  let closed: Error | undefined;

  const open = (): NonNullable<typeof opened> => {
    opened ??= openEngine(source, resolved);
    opened.catch(() => {}); // Reported by every call that awaits it.
    return opened;
  };

  const loadNow = async (request: BatchRequest): Promise<Batch> => {
    const { dataset, engine } = await open();
    if (closed) throw closed;
    const { batch, error, badFiles: found } = await engine.run(request);
    for (const file of found) badFiles.set(file.index, file);
    const { examples, evaluation, maxBadShare } = resolved.assembly;
    refuseTooManyBad([...badFiles.values()], dataset.name, examples?.length ?? dataset.length, maxBadShare);
    if (!batch) throw error;
    counts.batches++;
    counts.examples += batch.indices.length;
    if (evaluation) return batch; // examples are left out, never replaced
    counts.replaced += batch.indices.reduce(
      (sum, index, at) => sum + Number(index !== request.indices[at]),
      0,
    );
    return batch;
  };

  const inTurn = pLimit(resolved.queueSize);
  const load = async (request: BatchRequest): Promise<Batch> => {
    if (closed) throw closed;
    requireRecord(
      'request',
      request,
      'step, indices',
      'Write e.g. { step: 0, indices: Int32Array.of(0, 1) }.',
    );
    requireList('indices', request.indices, 'Name the examples, e.g. Int32Array.of(0, 1).');
    return inTurn(() => loadNow(request));
  };

  return {
    load,
    stream: (requests) => streamInOrder(requests, load, resolved.queueSize),
    dataset: async () => (await open()).dataset,
    stats: () => ({ ...counts, badFiles: [...badFiles.values()].sort((a, b) => a.index - b.index) }),
    async close() {
      closed ??= new Error('The loader was closed. Make a new one to load more.');
      const engine = await opened?.catch(() => undefined);
      await engine?.engine.close(closed);
    },
  };
}

async function openEngine(
  source: DatasetSpec | Dataset,
  { assembly, workers, workerFile }: ResolvedLoaderOptions,
): Promise<{ dataset: Dataset; engine: Engine }> {
  const dataset = 'caption' in source ? source : await openDataset(source);
  const readStored = storedReader(dataset, assembly);
  if (workers === 0) {
    const assembler = createAssembler(dataset, assembly);
    const run = async (request: BatchRequest): ReturnType<Engine['run']> =>
      assembler.assemble(request, await readStored(request)).then(
        (batch) => ({ batch, badFiles: assembler.takeBadFiles() }),
        (error: Error) => ({ error, badFiles: assembler.takeBadFiles() }),
      );
    return { dataset, engine: { run, close: async () => {} } };
  }
  const state = stateOf(dataset);
  if (!state) {
    throw unusable(
      `${dataset.name} was made by hand and cannot cross to a worker thread. Pass workers: 0, or open it by the module that makes it: { kind: "module", module }.`,
    );
  }
  const pool = createPool(workerFile ?? defaultWorkerFile(), { state, options: assembly }, workers);
  const run = async (request: BatchRequest) => pool.run(request, await readStored(request));
  return { dataset, engine: { run, close: pool.close } };
}

/** Files of pictures that are read at a time. */
const parallelReads = 8;

/**
 * Where examples are read shard by shard, one thread reads for all: with a reader in each, every byte would come once for each.
 * A file that cannot be read is left to whoever decodes it, to be told there.
 */
function storedReader(dataset: Dataset, { image }: ResolvedLoaderOptions['assembly']) {
  return async ({ indices }: BatchRequest): Promise<StoredPictures | undefined> => {
    if (!image || !dataset.shards || !dataset.imageBytes) return undefined;
    return mapParallel(indices, parallelReads, async (index) => {
      try {
        return ownMemory(await dataset.imageBytes!(index, true));
      } catch {
        return undefined;
      }
    });
  };
}

/** Bytes in memory that holds nothing else, which can be handed to another thread. */
function ownMemory(bytes: Uint8Array | undefined): Uint8Array<ArrayBuffer> | undefined {
  if (bytes?.buffer instanceof ArrayBuffer && bytes.length === bytes.buffer.byteLength)
    return bytes as Uint8Array<ArrayBuffer>;
  return bytes && new Uint8Array(bytes);
}
