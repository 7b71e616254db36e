import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { duplicatePictures, openDataset, openFolder, unreadablePictures } from '../src/index.js';
import { temporaryFolder } from './temporary.js';

const fixture = (name: string) => readFile(new URL(`./fixtures/${name}`, import.meta.url));
const all = ({ length }: { readonly length: number }) => Array.from({ length }, (_, index) => index);

test('pictures that cannot be decoded are told in their order, with how far the reading is', async () => {
  const [whole, cut] = [await fixture('rgb.jpg'), await fixture('truncated.jpg')];
  const files = { 'a.jpg': whole, 'b.jpg': '', 'c.jpg': cut, 'd.jpg': whole, 'e.jpg': '' };
  const path = await temporaryFolder(files);
  const dataset = await openFolder({ kind: 'folder', path, captions: 'none', allowMissingCaptions: true });
  const told: number[] = [];
  const found = await unreadablePictures({ dataset, indices: all(dataset) }, (done) => told.push(done));
  expect(found.map(({ place }) => place)).toEqual(['b.jpg', 'c.jpg', 'e.jpg']);
  for (const { reason } of found) expect(reason).toMatch(/cannot be decoded/);
  expect(told).toEqual([1, 2, 3, 4, 5]);
  expect(await unreadablePictures({ dataset, indices: [0, 3] })).toEqual([]);
});

test('pictures of the same bytes are found over parts; one with several captions is one', async () => {
  const bytes = { one: 'first', same: 'first', long: 'another', other: 'fir5t' };
  const path = await temporaryFolder({
    'a.jpg': bytes.one,
    'b.jpg': bytes.same,
    'c.jpg': bytes.long,
    'd.jpg': bytes.other,
    'rows.csv': 'image,caption\na.jpg,x\na.jpg,y\nc.jpg,z\n',
    'rest.csv': 'image,caption\nb.jpg,x\nd.jpg,y\n',
  });
  const open = async (name: string) => {
    const dataset = await openDataset({ kind: 'table', path: `${path}/${name}.csv` });
    return { name, dataset, indices: all(dataset) };
  };
  const parts = [await open('rows'), await open('rest')];
  const pair = [
    { part: 'rows', place: 'a.jpg' },
    { part: 'rest', place: 'b.jpg' },
  ];
  expect(await duplicatePictures(parts)).toEqual([pair]);
  expect(await duplicatePictures(parts, new Set(['b.jpg']))).toEqual([]);
});
