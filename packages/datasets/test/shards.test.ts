import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createMixer } from '@m3ae/mixing';
import { key } from '@m3ae/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunkReader } from '../src/bytes/chunks.js';
import { createLoader, type Dataset, joinDatasets, openDataset, subset } from '../src/index.js';
import { type Fault, startServer } from './faulty-server.js';
import { tarOf } from './tar-of.js';
import { temporaryFolder } from './temporary.js';
import { workerFromSource } from './worker-from-source.js';

const worker = workerFromSource();
const picture = readFileSync(fileURLToPath(new URL('./fixtures/rgb.png', import.meta.url)));

/** Archives of `samples` pictures each, as a server has them. */
function archives(count: number, samples: number): Record<string, Buffer> {
  const archive = (at: number) =>
    tarOf(
      Array.from({ length: samples }, (_, sample) => [
        [`${at}-${sample}.png`, picture] as const,
        [`${at}-${sample}.txt`, Buffer.from(`picture ${sample} of ${at}`)] as const,
      ]).flat(),
    );
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`${at}.tar`, archive(at)]));
}

async function openRemote(count: number, samples: number, fault?: (count: number) => Fault | undefined) {
  const server = await startServer(archives(count, samples), (_, nth) => fault?.(nth));
  const shards = Array.from({ length: count }, (_, at) => `${server.url}/${at}.tar`);
  const cacheFolder = await temporaryFolder();
  const dataset = await openDataset({ kind: 'webdataset', shards, window: 16, cacheFolder });
  server.requests.length = 0;
  return { server, dataset };
}

/** One epoch through a loader, or the part of it that a rank takes; the examples of each step. */
async function stepsOf(
  dataset: Dataset,
  workers: number,
  { lanes = 1, rank = 0, ranks = 1 } = {},
): Promise<number[][]> {
  const { length, shards } = dataset;
  const source = { name: 'data', kind: 'image' as const, length, shards: { ...shards!, lanes } };
  const mixer = createMixer({ key: key(1), batchSize: 8, sources: [source], rank, ranks });
  const image = { size: 8, patchSize: 8 };
  const loader = createLoader(dataset, { image, key: key(2), workers, workerFile: worker.file });
  const steps = Array.from({ length: mixer.stepsPerEpoch }, (_, step) => {
    return { step, indices: mixer.next().parts[0]!.indices };
  });
  const seen: number[][] = [];
  for await (const { indices } of loader.stream(steps)) seen.push([...indices]);
  expect(loader.stats().badFiles).toEqual([]);
  await loader.close();
  return seen;
}

const epochOf = async (dataset: Dataset, workers: number) => (await stepsOf(dataset, workers)).flat();

describe('archives on a server', () => {
  test.each([0, 2])('are each asked for once an epoch, with %i workers', async (workers) => {
    const { server, dataset } = await openRemote(10, 12);
    expect(dataset.shards).toEqual({
      ends: Int32Array.from({ length: 10 }, (_, at) => 12 * (at + 1)),
      window: 16,
    });
    const seen = await epochOf(dataset, workers);
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, at) => at));
    expect(server.requests.length).toBe(10);
    expect(new Set(server.requests).size).toBe(10);
  });

  test.each([
    [1, [10]],
    [2, [5, 5]],
    [4, [3, 3, 3, 3]], // two and a half each
    [8, [3, 3, 3, 3, 3, 3, 3, 3]], // two share a lane
  ])('are asked for by the ranks of their lanes alone: %i ranks, each %j', async (ranks, expected) => {
    const lanes = 4;
    const { dataset } = await openRemote(10, 12);
    const whole = await stepsOf(dataset, 0, { lanes });
    const requests: string[][] = [];
    const parts: number[][][] = [];
    for (let rank = 0; rank < ranks; rank++) {
      const own = await openRemote(10, 12);
      parts.push(await stepsOf(own.dataset, 0, { lanes, rank, ranks }));
      requests.push([...own.server.requests]);
    }
    expect(whole.map((_, step) => parts.flatMap((own) => own[step]!))).toEqual(whole);
    expect(requests.map(({ length }) => length)).toEqual(expected);
    requests.forEach((own) => expect(new Set(own).size).toBe(own.length));
  });

  test('that are cut and stutter give the same examples', async () => {
    const faults: Fault[] = [
      { kind: 'cut', after: 1000 },
      { kind: 'status', status: 503, headers: { 'retry-after': '0' } },
    ];
    const { dataset } = await openRemote(6, 8, (nth) => (nth > 2 ? faults[nth - 3] : undefined));
    expect([...(await epochOf(dataset, 2))].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 48 }, (_, at) => at),
    );
  });
});

test('a file of this machine is shuffled exactly unless it is asked otherwise', async () => {
  const folder = await temporaryFolder(archives(2, 3));
  const spec = { kind: 'webdataset' as const, shards: [`${folder}/0.tar`, `${folder}/1.tar`] };
  expect((await openDataset(spec)).shards).toBeUndefined();
  const windowed = await openDataset({ ...spec, shuffle: 'window', window: 5 });
  expect(windowed.shards).toEqual({ ends: Int32Array.of(3, 6), window: 5 });
  expect(windowed.fingerprint).toBe((await openDataset(spec)).fingerprint);
  expect(subset(windowed, [0, 2, 4]).shards).toEqual({ ends: Int32Array.of(2, 3), window: 5 });
  expect(subset(windowed, [4, 2]).shards).toBeUndefined();
  const joined = joinDatasets([windowed, await openDataset({ ...spec, shards: spec.shards[0]! })]);
  expect(joined.shards).toEqual({ ends: Int32Array.of(3, 6, 7, 8, 9), window: 5 });
});

describe('reading by chunks', () => {
  /** A file whose bytes tell where they lie, and what was read of it. */
  const fileOf = (address: string, size: number, reads: string[]) => ({
    address,
    size,
    async read(start: number, length: number) {
      reads.push(`${address} ${start} ${length}`);
      return Uint8Array.from({ length }, (_, at) => start + at);
    },
    async *stream() {},
  });

  test('gives the bytes that lie there, and keeps what was used last', async () => {
    const piece = fc.record({ file: fc.nat(2), start: fc.nat(220), length: fc.nat(30) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 60 }),
        fc.integer({ min: 2, max: 12 }),
        async (pieces, most) => {
          const [reads, expected]: [string[], string[]] = [[], []];
          const files = ['a', 'b', 'c'].map((name) => fileOf(name, 256, reads));
          const read = chunkReader(most * 16, 16);
          let kept: string[] = []; // what was used last stands last
          const use = (file: string, chunk: number) => {
            const id = `${file} ${chunk * 16} 16`;
            if (!kept.includes(id)) expected.push(id);
            kept = [...kept.filter((other) => other !== id), id].slice(-most);
          };
          for (const { file, start, length } of pieces) {
            const bytes = await read(files[file]!, start, length);
            expect([...bytes]).toEqual(Array.from({ length }, (_, at) => start + at));
            const end = Math.ceil((start + length) / 16);
            for (let chunk = Math.floor(start / 16); chunk < end; chunk++) use('abc'[file]!, chunk);
            if (end < 16) use('abc'[file]!, end); // reads ahead
          }
          expect(reads).toEqual(expected);
        },
      ),
    );
  });

  test('asks again where a chunk could not be read', async () => {
    let fails = true;
    const file = {
      ...fileOf('a', 32, []),
      async read(_: number, length: number) {
        if (fails) throw new Error('no');
        return new Uint8Array(length).fill(7);
      },
    };
    const read = chunkReader(64, 16);
    await expect(read(file, 0, 4)).rejects.toThrow('no');
    fails = false;
    expect([...(await read(file, 14, 4))]).toEqual([7, 7, 7, 7]);
  });
});
