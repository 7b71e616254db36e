import { cp, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { key } from '@m3ae/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLoader, decodeImage, noteSentence, openDataset } from '../src/index.js';
import { openStored } from '../src/bytes/open-file.js';
import { expandBraces, findFiles } from '../src/source/find-files.js';
import { samplesOf, splitName, tarMembers } from '../src/webdataset/tar.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';
import { workerFromSource } from './worker-from-source.js';

const worker = workerFromSource();
const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const shard = (name: string) => join(fixtures, 'webdataset', name);
const open = (shards: string | string[], given: object = {}) =>
  openDataset({ kind: 'webdataset', shards, ...given });
const long = `${'a/'.repeat(60)}${'very-long-'.repeat(12)}`;

test('archives of Python: keys end at the first dot of the name, and nothing is lost', async () => {
  const dataset = await open(shard('shard-000.tar'));
  expect(dataset).toMatchObject({ kind: 'paired', length: 3, classNames: ['7', '10', 'from json'] });
  const read = (index: number) => [dataset.describe(index), dataset.caption(index)];
  expect([0, 1, 2].map(read)).toEqual([
    ['v1.2/0001.png', 'a drawing of colors'],
    ['v1.2/0002.png', 'two'],
    [`${long}.png`, 'größer'],
  ]);
  expect([...dataset.labels!]).toEqual([2, 0, 1]);
  const drawn = Array.from({ length: 30 }, (_, at) => dataset.drawCaption!(1, key(at)));
  expect([...new Set(drawn)].sort()).toEqual(['captions', 'two']);
  for (const [index, name] of ['rgb.png', 'grey.png', 'palette.png'].entries())
    expect(await dataset.image(index)).toEqual(await decodeImage(join(fixtures, name)));
});

test('what is odd is counted and told with what to do; gaps in the numbers are passed over', async () => {
  const dataset = await open(shard('shard-{000..003}.tar'), { labelKey: 'none' });
  expect(dataset.length).toBe(4);
  expect(dataset.caption(3)).toBe('un café');
  const notes = Object.fromEntries(dataset.notes.map((note) => [note.code, note]));
  expect(notes['invalid-utf8']).toMatchObject({ count: 1, places: [expect.stringContaining('.caption')] });
  expect(notes['missing-shard']).toMatchObject({ count: 2 });
  expect(notes['half-sample']).toMatchObject({ count: 3 });
  expect(notes['dotted-name']!.places[0]).toMatch(/x\.y\.png$/);
  expect(noteSentence(notes['dotted-name']!)).toContain('set imageKey');
  const named = await open(shard('shard-001.tar'), { imageKey: 'y.png', labelKey: 'none' });
  expect([named.length, named.describe(0)]).toEqual([1, 'x.y.png']);
});

test('a compressed archive is unpacked once', async () => {
  const cacheFolder = await temporaryFolder();
  const dataset = await open(shard('gnu.tar.gz'), { cacheFolder });
  expect([dataset.describe(0), dataset.caption(0)]).toEqual([`${long}.png`, 'long, GNU']);
  expect(await dataset.image(0)).toEqual(await decodeImage(join(fixtures, 'grey.png')));
  const again = await open(shard('gnu.tar.gz'), { cacheFolder });
  expect(again.fingerprint).toBe(dataset.fingerprint);
});

test.each([
  ['link.tar', 'a symbolic link'],
  ['device.tar', 'a device'],
  ['sparse.tar', 'a sparse file'],
])('%s is refused', async (name, what) => {
  expect(await messageOfRejection(open(shard(name)))).toContain(what);
});

test('any number of workers gives the same batches, in any order of shards asked for', async () => {
  const dataset = await open([shard('shard-001.tar'), shard('shard-000.tar')], { labelKey: 'none' });
  const options = {
    image: { size: 8, patchSize: 8 },
    text: { maxLength: 6 },
    key: key(1),
    workerFile: worker.file,
  };
  const [here, there] = [0, 2].map((workers) => createLoader(dataset, { ...options, workers }));
  const request = { step: 5, indices: Int32Array.of(3, 0, 2, 1) };
  expect(await there!.load(request)).toEqual(await here!.load(request));
  await Promise.all([here!.close(), there!.close()]);
});

test('bytes that are cut or changed end in a fault of the file, never in another picture of another key', async () => {
  const whole = await readFile(shard('shard-000.tar'));
  const folder = await temporaryFolder();
  const file = join(folder, 'x.tar');
  const list = async () => {
    const found = [];
    const { size } = await stat(file);
    for await (const member of tarMembers(openStored({ address: file, size }))) found.push(member);
    return found;
  };
  await fc.assert(
    fc.asyncProperty(
      fc.nat(whole.length - 1),
      fc.nat(255),
      fc.nat(whole.length),
      async (at, byte, length) => {
        const damaged = Buffer.from(whole);
        damaged[at] = byte;
        await writeFile(file, damaged.subarray(0, length));
        const members = await list().catch((error: Error) => {
          if (error.name !== 'InvalidInput') throw error;
          return [];
        });
        expect(members.filter((member) => member.start + member.length > length)).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});

test('a member that comes again begins another sample', async () => {
  const members = ['a.jpg', 'a.txt', 'a.jpg', 'a.txt', 'b.jpg'].map((name, start) => ({
    name,
    start,
    length: 1,
  }));
  const found = [];
  for await (const { key, fields } of samplesOf(
    (async function* () {
      yield* members;
    })(),
  ))
    found.push([key, ...Array.from(fields.values(), ({ start }) => start)]);
  expect(found).toEqual([
    ['a', 0, 1],
    ['a', 2, 3],
    ['b', 4],
  ]);
});

test('names are split where webdataset splits them', () => {
  // By webdataset.tariterators.base_plus_ext: the expression ^((?:.*/|)[^.]+)[.]([^/]*)$
  const expression = /^((?:.*\/|)[^.]+)[.]([^/]*)$/;
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'B', '.', '/'), minLength: 1 }), (name) => {
      const [, base, extension] = expression.exec(name) ?? [];
      if (base === undefined) return;
      expect(splitName(name)).toEqual({ key: base, field: extension!.toLowerCase() });
    }),
  );
});

test('ranges count with their zeros, lists and stars find files, and a pattern of nothing is refused', async () => {
  expect(expandBraces('a{08..11}.{tar,tgz}')).toEqual(
    ['08', '09', '10', '11'].flatMap((number) => [`a${number}.tar`, `a${number}.tgz`]),
  );
  expect(expandBraces('{1..3}')).toEqual(['1', '2', '3']);
  expect(() => expandBraces('{0..9999999}')).toThrow('at most 100000');
  expect(() => expandBraces('{9..1}')).toThrow('{1..9}');
  const folder = await temporaryFolder({ 'b.tar': '', 'a.tar': '', 'c/d.tar': '', 'a.txt': '' });
  const found = async (pattern: string) =>
    (await findFiles([join(folder, pattern)])).files.map(({ address }) => address.slice(folder.length + 1));
  expect(await found('*.tar')).toEqual(['a.tar', 'b.tar']);
  expect(await found('**/*.tar')).toEqual(['a.tar', 'b.tar', 'c/d.tar']);
  expect(await found('?/*.tar')).toEqual(['c/d.tar']);
  expect(await messageOfRejection(found('*.zip'))).toContain('names no file');
  await cp(shard('link.tar'), join(folder, 'link.tar'));
});
