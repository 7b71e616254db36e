import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { key } from '@m3ae/random';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { readWhole } from '../src/bytes/open-file.js';
import { listObjects } from '../src/bytes/send.js';
import { createLoader, type Dataset, type DatasetSpec, openDataset } from '../src/index.js';
import { type Fault, startServer } from './faulty-server.js';
import { setEnvironment, startStore, type Store } from './s3-store.js';
import { isSigned } from './signature.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';
import { workerFromSource } from './worker-from-source.js';

const worker = workerFromSource();
const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const credentials = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER', AWS_REGION: 'eu-west-1' };
/** The fixtures, and files that name some of their pictures, by path. */
const content: Record<string, Uint8Array> = {
  'a b/table+1.csv': Buffer.from('file_name,caption\nrgb#1.png,one\ngrey (2).png,two\n'),
  'captions.jsonl': Buffer.from(
    '{"image":"rgb.png","caption":["one","uno"]}\n{"image":"grey.jpg","caption":"two"}\n',
  ),
  'coco.json': Buffer.from(
    '{"images":[{"id":7,"file_name":"rgb.png"}],"annotations":[{"image_id":7,"caption":"one"},{"image_id":7,"caption":"uno"}]}',
  ),
  'lines.txt': Buffer.from('first\n\nsecond\n'),
  'digits.idx': Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4]),
};
let store: Store;
let local: string;

beforeAll(async () => {
  for (const entry of await readdir(fixtures, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) content[relative(fixtures, path)] = await readFile(path);
  }
  content['a b/rgb#1.png'] = content['rgb.png']!;
  content['a b/grey (2).png'] = content['grey.png']!;
  store = await startStore(content);
});
afterAll(() => store.close());
beforeEach(async () => {
  setEnvironment({ ...credentials, AWS_ENDPOINT_URL: store.url });
  local = await temporaryFolder(content);
  const here = process.cwd();
  process.chdir(await temporaryFolder()); // copies are kept below the folder that a program runs in
  onTestFinished(() => process.chdir(here));
});

/** A source of each kind that reads bytes, whose files begin with `root`. */
const sources: Record<string, (root: string) => DatasetSpec> = {
  webdataset: (root) => ({
    kind: 'webdataset',
    shards: `${root}/webdataset/shard-{000..003}.tar`,
    labelKey: 'none',
  }),
  'gzipped webdataset': (root) => ({ kind: 'webdataset', shards: `${root}/webdataset/gnu.tar.gz` }),
  parquet: (root) => ({ kind: 'parquet', files: `${root}/parquet/hub-{00000..00001}.parquet` }),
  hdf5: (root) => ({ kind: 'hdf5', files: [`${root}/hdf5/pairs.h5`, `${root}/hdf5/packed.h5`] }),
  csv: (root) => ({ kind: 'table', path: `${root}/a b/table+1.csv` }),
  jsonl: (root) => ({ kind: 'table', path: `${root}/captions.jsonl` }),
  coco: (root) => ({ kind: 'table', path: `${root}/coco.json` }),
  text: (root) => ({ kind: 'text', path: `${root}/lines.txt` }),
  idx: (root) => ({ kind: 'idx', images: `${root}/digits.idx` }),
};

async function examplesOf(dataset: Dataset, workers = 0) {
  const order = Int32Array.from({ length: dataset.length }, (_, at) => (at * 3 + 1) % dataset.length);
  const image = dataset.kind === 'text' ? undefined : { size: 8, patchSize: 8 };
  const options = { image, text: { maxLength: 6 }, key: key(3), workers, workerFile: worker.file };
  const loader = createLoader(dataset, options);
  const batch = await loader.load({ step: 1, indices: order });
  const { badFiles } = loader.stats();
  await loader.close();
  const { length, kind, labels, classNames } = dataset;
  const captions = Array.from({ length }, (_, at) => dataset.caption(at));
  return { length, kind, labels, classNames, captions, batch, badFiles };
}

test.each(Object.keys(sources))('%s: a bucket and a web server give what the files give', async (name) => {
  const here = await examplesOf(await openDataset(sources[name]!(local)));
  const server = await startServer(content);
  expect(await examplesOf(await openDataset(sources[name]!('s3://data')), 2)).toEqual(here);
  expect(await examplesOf(await openDataset(sources[name]!(server.url)))).toEqual(here);
});

test('a run goes on with data that were copied to a bucket: the fingerprint is the same', async () => {
  for (const kind of ['webdataset', 'gzipped webdataset', 'parquet', 'hdf5', 'text', 'idx']) {
    const [here, there] = [
      await openDataset(sources[kind]!(local)),
      await openDataset(sources[kind]!('s3://data')),
    ];
    expect(there.fingerprint, kind).toBe(here.fingerprint);
  }
});

test('stars find objects of a bucket, in the order of their names; a web server lists none', async () => {
  const open = (shards: string) => openDataset({ kind: 'webdataset', shards, labelKey: 'none' });
  const all = await open('s3://data/webdataset/shard-*.tar');
  expect(all.length).toBe(4);
  expect((await open('s3://data/**/shard-00?.tar')).fingerprint).toBe(all.fingerprint);
  expect(await messageOfRejection(open('s3://data/none/*.tar'))).toContain(
    'names no file. Check the address',
  );
  expect(await messageOfRejection(open(`${store.url}/data/*.tar`))).toContain('{000..099}');
  const keys = [];
  for await (const { address, size } of listObjects('s3://data/a')) keys.push([address, size]);
  expect(keys).toEqual([
    ['s3://data/a b/grey (2).png', content['grey.png']!.length],
    ['s3://data/a b/rgb#1.png', content['rgb.png']!.length],
    ['s3://data/a b/table+1.csv', content['a b/table+1.csv']!.length],
    ['s3://data/alpha.png', content['alpha.png']!.length],
    ['s3://data/animated.gif', content['animated.gif']!.length],
    ['s3://data/animated.webp', content['animated.webp']!.length],
  ]);
});

test('a folder of a bucket: texts beside pictures, or a caption file', async () => {
  const files = {
    'train/a.png': content['rgb.png']!,
    'train/a.txt': Buffer.from('caf\xe9', 'latin1'),
    'train/b.png': content['grey.png']!,
    'train/b.txt': Buffer.from('two'),
    'val/c.jpg': content['rgb.jpg']!,
    'val/c.txt': Buffer.from('three'),
    '.hidden/d.png': content['rgb.png']!,
  };
  const listed = {
    ...files,
    'captions.csv': Buffer.from('image,caption\ntrain/a.png,one\nval/c.jpg,uno\ntrain/b.png,2\n'),
  };
  for (const all of [files, listed]) {
    const bucket = await startStore(all);
    onTestFinished(() => bucket.close());
    setEnvironment({ AWS_ENDPOINT_URL: bucket.url });
    const spec = (path: string) => ({ kind: 'folder', path, split: 'train' }) as const;
    const here = await examplesOf(await openDataset(spec(await temporaryFolder(all))));
    expect(here.length).toBe(2);
    expect(await examplesOf(await openDataset(spec('s3://data/')))).toEqual(here);
  }
  expect(await messageOfRejection(openDataset('folder:s3://data/none'))).toContain('holds no objects');
  expect(await messageOfRejection(openDataset('folder:https://localhost/photos'))).toContain('csv:https://');
});

test('requests are signed with the secret of the environment, and not at all without one', async () => {
  const server = createServer((request, response) => {
    const isPublic = request.url!.startsWith('/open/');
    if (isPublic ? request.headers.authorization === undefined : isSigned(request, 'my/secret'))
      return void response.writeHead(200, { 'content-length': 2 }).end('ok');
    response.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  setEnvironment({ AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_SECRET_ACCESS_KEY: 'my/secret' });
  const address = "s3://private/a b/(x)'+*.txt";
  expect(String(await readWhole(address))).toBe('ok');
  setEnvironment({ AWS_SESSION_TOKEN: 'token/+=' });
  expect(String(await readWhole(address))).toBe('ok');
  setEnvironment({ AWS_SECRET_ACCESS_KEY: 'another', AWS_SESSION_TOKEN: undefined });
  expect(await messageOfRejection(readWhole(address))).toMatch(
    /403 \(SignatureDoesNotMatch\)\. Check AWS_ACCESS/,
  );
  setEnvironment({ AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined });
  expect(await messageOfRejection(readWhole(address))).toContain('Set AWS_ACCESS_KEY_ID');
  expect(String(await readWhole('s3://open/x.txt'))).toBe('ok');
});

const busy: Fault = { kind: 'status', status: 503, headers: { 'retry-after': '0' } };

test('a server that fails now and then changes nothing', async () => {
  const wrong: readonly (Fault | undefined)[] = [
    busy,
    undefined,
    { kind: 'cut', after: 100 },
    { kind: 'less', bytes: 50 },
  ];
  const server = await startServer(content, (_, count) => wrong[count % 5]);
  const here = await examplesOf(await openDataset(sources.webdataset!(local)));
  expect(await examplesOf(await openDataset(sources.webdataset!(server.url)))).toEqual(here);
});

test('a file whose server does not answer is told and left out, up to a share', async () => {
  const server = await startServer(content, (path) => (path.endsWith('shard-001.tar') ? busy : undefined));
  for (const kind of ['webdataset', 'parquet'] as const) {
    const [key, names] =
      kind === 'webdataset' ? ['shards', 'shard-{000..001}.tar'] : ['files', 'hub-{00000..00001}.parquet'];
    const down =
      kind === 'webdataset'
        ? server
        : await startServer(content, (path) => (path.endsWith('1.parquet') ? busy : undefined));
    const spec = (maxBadShare?: number) =>
      ({ kind, [key]: `${down.url}/${kind}/${names}`, ...(maxBadShare && { maxBadShare }) }) as DatasetSpec;
    const dataset = await openDataset(spec(0.5));
    expect(dataset.length).toBe(kind === 'webdataset' ? 3 : 5);
    expect(dataset.notes).toContainEqual(expect.objectContaining({ code: 'unreachable-file', count: 1 }));
    expect(await messageOfRejection(openDataset(spec()))).toMatch(
      /1 file of 2 cannot be reached.*answers 503/s,
    );
  }
});

test('archives of a server are read once: opened again, one request each is enough', async () => {
  const server = await startServer(content);
  const open = (given: object = {}) =>
    openDataset({
      kind: 'webdataset',
      shards: `${server.url}/webdataset/shard-{000..001}.tar`,
      labelKey: 'none',
      ...given,
    });
  const first = await open();
  const before = server.requests.length;
  const again = await open();
  expect(server.requests.length).toBe(before + 2);
  expect([again.fingerprint, again.notes]).toEqual([first.fingerprint, first.notes]);
  expect(again.caption(3)).toBe(first.caption(3));
  // Another question, or another version of an archive, is another index.
  expect((await open({ imageKey: 'y.png' })).length).toBe(1);
  server.files.set('webdataset/shard-001.tar', content['webdataset/shard-000.tar']!);
  expect((await open()).length).toBe(6);
});

test('an archive that changes ends the loading, whatever may be unreadable', async () => {
  const server = await startServer(content);
  const shards = `${server.url}/webdataset/shard-000.tar`;
  const dataset = await openDataset({ kind: 'webdataset', shards });
  server.files.set('webdataset/shard-000.tar', content['webdataset/shard-001.tar']!);
  for (const workers of [0, 1]) {
    const options = { key: key(0), maxBadShare: 1, workers, workerFile: worker.file };
    const loader = createLoader(dataset, { image: { size: 8, patchSize: 8 }, ...options });
    const loading = loader.load({ step: 0, indices: Int32Array.of(0, 1) });
    expect(await messageOfRejection(loading)).toContain('has changed while it was read');
    await loader.close();
  }
});

test('a local table may name pictures of the web', async () => {
  const server = await startServer(content);
  const folder = await temporaryFolder({
    'x.csv': `url,caption\n${server.url}/rgb.png,far\nnear.png,near\n`,
    'near.png': content['grey.png']!,
  });
  const dataset = await openDataset({ kind: 'table', path: join(folder, 'x.csv') });
  const { batch, captions, badFiles } = await examplesOf(dataset);
  expect([captions, badFiles, batch.indices.length]).toEqual([['far', 'near'], [], 2]);
  expect([dataset.file!(0), dataset.file!(1)]).toEqual([undefined, join(folder, 'near.png')]);
});
