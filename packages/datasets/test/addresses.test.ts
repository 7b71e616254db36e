import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDataset, specOfAddress } from '../src/index.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';

test('an address stands for the spec of its kind', async () => {
  expect(specOfAddress('csv:a/b.csv')).toEqual({ kind: 'table', path: 'a/b.csv' });
  expect(specOfAddress('WebDataset:s/{00..99}.tar')).toEqual({
    kind: 'webdataset',
    shards: 's/{00..99}.tar',
  });
  expect(specOfAddress('folder:C:\\photos')).toEqual({ kind: 'folder', path: 'C:\\photos' });
  expect([specOfAddress('photos'), specOfAddress('ftp:x'), specOfAddress('csv:')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(await messageOfRejection(openDataset('ftp:x' as never))).toContain('begins with folder:, csv:');
});

test.each([
  ['photos', 'folder:photos'],
  ['C:\\photos', 'folder:C:\\photos'],
  ['a/captions.csv', 'csv:a/captions.csv'],
  ['s3://bucket/{00..99}.tar', 'webdataset:s3://bucket/{00..99}.tar'],
  ['cc12m.H5', 'hdf5:cc12m.H5'],
  ['foldr:photos', 'folder:photos'],
  ['gopher:x.zip', undefined],
  ['photos.zip', undefined],
  ['folder:', undefined],
  ['', undefined],
])('%j is no address; the one that is likely meant is told', async (text, meant) => {
  const message = await messageOfRejection(openDataset(text as never));
  expect(message).toContain(meant === undefined ? 'Write e.g. "folder:photos".' : `Did you mean "${meant}"?`);
  expect(specOfAddress(meant ?? 'folder:photos')).toBeDefined();
});

test('each opens what it names', async () => {
  const folder = await temporaryFolder({
    'p/a.jpg': '',
    'p/a.txt': 'a cat',
    'p/x.jsonl': '{"image":"a.jpg","caption":"A"}',
    'p/y.jsonl': '{"image":"a.jpg","caption":"B"}',
    't/1.txt': 'one\n\n two \r\nthree\n',
    't/2.txt': Buffer.from('caf\xe9\n', 'latin1'),
  });
  const open = (scheme: string, path: string) => openDataset(`${scheme}:${join(folder, path)}` as never);
  expect((await open('folder', 'p')).caption(0)).toBe('a cat');
  const both = await open('jsonl', 'p/*.jsonl');
  expect([both.length, both.caption(0), both.caption(1)]).toEqual([2, 'A', 'B']);
  const lines = await open('text', 't/{1,2}.txt');
  expect(Array.from({ length: lines.length }, (_, at) => lines.caption(at))).toEqual([
    'one',
    'two',
    'three',
    'café',
  ]);
  expect(lines.notes[0]).toMatchObject({ code: 'invalid-utf8', count: 1 });
  const paragraphs = await openDataset({ kind: 'text', path: join(folder, 't/1.txt'), unit: 'paragraph' });
  expect([paragraphs.caption(0), paragraphs.caption(1)]).toEqual(['one', 'two three']);
  expect(await messageOfRejection(openDataset({ kind: 'text', path: join(folder, 'p/a.jpg') }))).toContain(
    'holds no text',
  );
});
