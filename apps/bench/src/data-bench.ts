import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Address, createLoader, type Dataset, openDataset } from '@m3ae/datasets';
import { pluralize } from '@m3ae/errors';
import { createTokenizer } from '@m3ae/preprocess';
import { key } from '@m3ae/random';
import { makeCaptions, makePictures } from './make-data.js';
import { rounded } from './statistics.js';

/** What to measure. */
export interface DataBenchOptions {
  /** Pictures to make, JPEG of 500x400. */
  readonly pictures: number;
  /** Pictures to read instead of made ones, e.g. `webdataset:shards/*.tar`. */
  readonly source?: Address;
  /** Side of the pictures that a model would see. */
  readonly size: number;
  /** Least time of each measurement. */
  readonly seconds: number;
}

/** The result of {@link benchData}, as `--json` prints it. */
export interface DataBenchResult {
  /** Pictures a second through read, decode, crop, resize, flip, normalize and patchify, by worker threads. */
  readonly images_per_s: Readonly<Record<'1' | '2', number>>;
  /** Milliseconds of processor time of all threads for a picture, by worker threads: what other work on the machine changes little. */
  readonly processor_ms_per_image: Readonly<Record<'1' | '2', number>>;
  /** Captions a second to 64 padded ids, in one thread. */
  readonly captions_per_s: number;
  readonly pictures: number;
  readonly size: number;
  readonly source: string;
}

/** Counts pictures and captions a second, on files that it makes itself in a temporary folder if it is given none. */
export async function benchData(
  { pictures, source, size, seconds }: DataBenchOptions,
  progress: (message: string) => void = () => undefined,
): Promise<DataBenchResult> {
  const folder = await mkdtemp(join(tmpdir(), 'm3ae-bench-'));
  try {
    if (source === undefined) {
      progress(`making ${pluralize(pictures, 'picture')}`);
      await makePictures(folder, pictures);
    }
    const dataset = await openDataset(source ?? { kind: 'folder', path: folder, captions: 'none' });
    progress('pictures, 1 thread');
    const one = await measurePictures(dataset, size, seconds, 1);
    progress('pictures, 2 threads');
    const two = await measurePictures(dataset, size, seconds, 2);
    progress('captions');
    return {
      images_per_s: { '1': rounded(one.perSecond, 1), '2': rounded(two.perSecond, 1) },
      processor_ms_per_image: { '1': rounded(one.processor, 2), '2': rounded(two.processor, 2) },
      captions_per_s: Math.round(captionsPerSecond(seconds)),
      pictures: dataset.length,
      size,
      source: source ?? 'JPEG 500x400',
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const batchSize = 16;

async function measurePictures(
  dataset: Dataset,
  size: number,
  seconds: number,
  workers: number,
): Promise<{ readonly perSecond: number; readonly processor: number }> {
  const image = { size, patchSize: size % 16 === 0 ? 16 : 1 };
  const loader = createLoader(dataset, { image, key: key(0), workers });
  try {
    let [start, usage] = [performance.now(), process.cpuUsage()];
    let done = 0;
    const warmup = 2 * workers; // threads start, and libraries load, on first use
    for await (const batch of loader.stream(requests(dataset.length))) {
      done++;
      if (done === warmup) [start, usage] = [performance.now(), process.cpuUsage()];
      if (done > warmup && performance.now() - start >= seconds * 1000) break;
      void batch;
    }
    const pictures = (done - warmup) * batchSize;
    const { user, system } = process.cpuUsage(usage);
    return {
      perSecond: (pictures * 1000) / (performance.now() - start),
      processor: (user + system) / 1000 / pictures,
    };
  } finally {
    await loader.close();
  }
}

function* requests(pictures: number) {
  for (let step = 0; ; step++) {
    yield {
      step,
      indices: Int32Array.from({ length: batchSize }, (_, i) => (step * batchSize + i) % pictures),
    };
  }
}

function captionsPerSecond(seconds: number): number {
  const tokenizer = createTokenizer();
  const captions = makeCaptions(tokenizer, 20_000);
  const warmup = captions.splice(0, 1000);
  warmup.forEach((caption) => tokenizer.encodePadded(caption, 64));
  const start = performance.now();
  let done = 0;
  while (done < captions.length && performance.now() - start < seconds * 1000) {
    tokenizer.encodePadded(captions[done]!, 64);
    done++;
  }
  return (done * 1000) / (performance.now() - start);
}
