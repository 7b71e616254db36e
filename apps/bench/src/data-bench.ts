import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { type Address, createLoader, type Dataset, openDataset } from '@m3ae/datasets';
import { pluralize } from '@m3ae/errors';
import { createTokenizer, type Tokenizer } from '@m3ae/preprocess';
import { foldIn, key, randomInteger, type RngKey, uniform } from '@m3ae/random';
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

/** Writes JPEG pictures of 500x400: soft random colors with some grain, which decode about as fast as photographs. */
async function makePictures(folder: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const name = `${String(index).padStart(6, '0')}.jpg`;
    await writeFile(join(folder, name), await picture(foldIn(key(7), index)));
  }
}

async function picture(chance: RngKey): Promise<Buffer> {
  const coarse = Uint8Array.from(uniform(chance, 25 * 20 * 3), (value) => value * 255);
  const soft = await sharp(coarse, { raw: { width: 25, height: 20, channels: 3 } })
    .resize(500, 400, { kernel: 'cubic' })
    .raw()
    .toBuffer();
  const grain = uniform(foldIn(chance, 1), soft.length);
  const pixels = soft.map((value, i) => Math.max(0, Math.min(255, value + 24 * (grain[i]! - 0.5))));
  return sharp(pixels, { raw: { width: 500, height: 400, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer();
}

/**
 * Captions of 8 to 22 random words of the vocabulary, every fourth of them two words grown together.
 * No caption comes twice, and most words are rare, so that a tokenizer's memory of words helps it no more than on real text.
 */
export function makeCaptions(tokenizer: Tokenizer, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const chance = foldIn(key(8), index);
    const length = randomInteger(chance, 1, 8, 23)[0]!;
    // Below 2,000 lie the pieces without a word: unused places, letters, punctuation.
    const words = [...randomInteger(foldIn(chance, 1), 2 * length, 2000, tokenizer.vocabSize)].map((id) =>
      tokenizer.decode([id]).replace('##', ''),
    );
    return Array.from({ length }, (_unused, i) =>
      i % 4 === 3 ? words[2 * i]! + words[2 * i + 1]! : words[2 * i]!,
    ).join(' ');
  });
}
