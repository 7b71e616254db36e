import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMixer } from '@m3ae/mixing';
import { key } from '@m3ae/random';
import { expect, test } from 'vitest';
import { createLoader, type DatasetSpec, openDataset } from '../src/index.js';
import { deal, type Dealt } from './dealing.js';
import { startServer } from './faulty-server.js';
import { temporaryFolder } from './temporary.js';
import { workerFromSource } from './worker-from-source.js';

const worker = workerFromSource('dealing');
const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const shards = ['shard-000.tar', 'shard-001.tar', 'shard-000.tar', 'shard-001.tar'];
const parquets = ['hub-00000.parquet', 'hub-00001.parquet'];
const rows = ['rgb.png', 'grey.png', 'palette.png', 'rgb.jpg', 'cmyk.jpg', 'grey16.png', 'turned.jpg'];

/** Writes a program's input where there is some, and says where the data lie. */
const sources: Record<string, () => Promise<DatasetSpec>> = {
  async webdataset() {
    return {
      kind: 'webdataset',
      shards: shards.map((name) => join(fixtures, 'webdataset', name)),
      labelKey: 'none',
    };
  },
  async parquet() {
    return { kind: 'parquet', files: parquets.map((name) => join(fixtures, 'parquet', name)) };
  },
  async 'webdataset by window'() {
    return { ...(await sources.webdataset!()), shuffle: 'window', window: 3 } as DatasetSpec;
  },
  async 'parquet by window'() {
    return { ...(await sources.parquet!()), shuffle: 'window', window: 4 } as DatasetSpec;
  },
  async hdf5() {
    return {
      kind: 'hdf5',
      files: ['pairs.h5', 'packed.h5', 'rows.h5'].map((name) => join(fixtures, 'hdf5', name)),
    };
  },
  async table() {
    const lines = rows.flatMap((image) =>
      [1, 2].map((n) => JSON.stringify({ image, caption: `${n} ${image}` })),
    );
    const folder = await temporaryFolder({ 'captions.jsonl': lines.join('\n') });
    return { kind: 'table', path: join(folder, 'captions.jsonl'), images: fixtures };
  },
  async text() {
    const lines = Array.from({ length: 11 }, (_, at) => `sentence number ${at}`).join('\n');
    const folder = await temporaryFolder({ 'lines.txt': lines });
    return { kind: 'text', path: join(folder, 'lines.txt') };
  },
  async http() {
    const content = Object.fromEntries(
      shards.slice(0, 2).map((name) => [name, readFileSync(join(fixtures, 'webdataset', name))]),
    );
    // Cut now and then, as on a bad line.
    const server = await startServer(content, (_, count) =>
      count % 7 === 5 ? { kind: 'cut', after: 20 } : undefined,
    );
    return {
      kind: 'webdataset',
      shards: shards.map((name) => `${server.url}/${name}`), // two of them twice
      labelKey: 'none',
      cacheFolder: await temporaryFolder(),
    };
  },
};

const steps = 14;
const killedAfter = 5;

/** Starts the dealing as a program of its own; what it dealt until it ended, or was killed in the midst of the next steps. */
async function dealInProgram(
  spec: DatasetSpec,
  workers: number,
  cursor: string,
  kill: boolean,
): Promise<Dealt[]> {
  const setup = { spec, steps, workers, workerFile: worker.file, cursor };
  const program = await worker.script(`
    import { deal } from './dealing.mjs';
    for await (const dealt of deal(${JSON.stringify(setup)})) {
      console.log(JSON.stringify(dealt));
      if (${kill} && dealt.step === ${killedAfter}) await new Promise((resolve) => setTimeout(resolve, 60_000));
    }`);
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const dealt: Dealt[] = [];
  let rest = '';
  for await (const piece of child.stdout as AsyncIterable<Buffer>) {
    const lines = (rest + String(piece)).split('\n');
    rest = lines.pop()!;
    dealt.push(...lines.map((line) => JSON.parse(line) as Dealt));
    if (kill && dealt.at(-1)?.step === killedAfter) child.kill('SIGKILL');
  }
  return dealt;
}

test.each(Object.keys(sources))(
  '%s: after kill -9 a run goes on with the same bytes, with other workers',
  async (name) => {
    const spec = await sources[name]!();
    const whole: Dealt[] = [];
    for await (const dealt of deal({ spec, steps, workers: 0, workerFile: worker.file })) whole.push(dealt);
    const cursor = join(await temporaryFolder(), 'cursor.json');
    const before = await dealInProgram(spec, 2, cursor, true);
    expect(before).toEqual(whole.slice(0, killedAfter + 1));
    // The last step was dealt and its cursor not yet kept: it is dealt again.
    expect(JSON.parse(await readFile(cursor, 'utf8'))).toMatchObject({ step: killedAfter });
    const after = await dealInProgram(spec, 1, cursor, false);
    expect(after).toEqual(whole.slice(killedAfter));
  },
);

test.each(Object.keys(sources))('%s: ranks share each batch, and an epoch, without overlap', async (name) => {
  const dataset = await openDataset(await sources[name]!());
  const { kind, length, shards } = dataset;
  const image = kind === 'text' ? undefined : { size: 8, patchSize: 8 };
  const options = { image, text: { maxLength: 8 }, key: key(8) };
  const loader = createLoader(dataset, options);
  const mixerOf = (rank: number, ranks: number) =>
    createMixer({
      key: key(7),
      batchSize: 2,
      strategy: 'weighted',
      sources: [{ name: 'data', kind, length, ...(shards && { shards }) }],
      rank,
      ranks,
    });
  const [all, ...each] = [mixerOf(0, 1), mixerOf(0, 2), mixerOf(1, 2)];
  const seen: number[] = [];
  for (let step = 0; step < all!.stepsPerEpoch; step++) {
    const whole = await loader.load({ step, indices: all!.next().parts[0]!.indices });
    const parts = await Promise.all(
      each.map((mixer) => {
        const { indices, offset } = mixer.next().parts[0]!;
        return loader.load({ step, indices, firstPosition: offset });
      }),
    );
    const tokens = parts.flatMap(({ tokenIds }) => [...tokenIds!.data]);
    const pixels = parts.flatMap(({ patches }) => [...(patches?.data ?? [])]);
    expect([tokens, pixels]).toEqual([[...whole.tokenIds!.data], [...(whole.patches?.data ?? [])]]);
    seen.push(...parts.flatMap(({ indices }) => [...indices]));
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(length - seen.length).toBeLessThan(2); // what does not fill a batch
});
