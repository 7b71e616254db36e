import { foldIn, key } from '@m3ae/random';
import { describe, expect, test } from 'vitest';
import { type PackedTexts, textAt } from '../src/content/packed-texts.js';
import { stateOf } from '../src/create-dataset.js';
import { type Dataset, openDataset, openFolder } from '../src/index.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';

// Pictures are not decoded when a file is opened, so empty files will do.
const pictures = { 'a.jpg': '', 'b.jpg': '', 'sub/c.jpg': '' };

async function tableOf(name: string, content: string | Uint8Array, keys: object = {}) {
  const folder = await temporaryFolder({ ...pictures, [name]: content });
  return openDataset({ kind: 'table', path: `${folder}/${name}`, ...keys });
}

/** Every caption that a hundred draws give, by picture. */
function captionsOf(dataset: Dataset): Record<string, string[]> {
  const draw = (index: number) =>
    Array.from({ length: 100 }, (_, step) => dataset.drawCaption?.(index, foldIn(key(0), step)));
  return Object.fromEntries(
    Array.from({ length: dataset.length }, (_, index) => [
      dataset.describe(index),
      [...new Set([dataset.caption(index), ...draw(index)])].filter((text) => text !== undefined).sort(),
    ]),
  );
}

const pairs = { 'a.jpg': ['a cat'], 'b.jpg': ['a dog'] };

test.each([
  ['comma', 'x.csv', 'filepath,title\na.jpg,a cat\nb.jpg,a dog\n'],
  ['semicolon', 'x.csv', '\ufeffpath;description\r\na.jpg;a cat\r\nb.jpg;a dog\r\n'],
  ['bar, an order of its own', 'x.txt', 'sentence|url\na cat|a.jpg\na dog|b.jpg\n'],
  ['tab', 'x.tsv', 'id\timage\talt\n1\ta.jpg\ta cat\n2\tb.jpg\ta dog\n'],
  ['JSON lines', 'x.jsonl', '{"file_name":"a.jpg","text":"a cat"}\n{"file_name":"b.jpg","text":"a dog"}\n'],
  ['a JSON list', 'x.json', '[{"Path":"a.jpg","Alt":"a cat"},{"Path":"./b.jpg","Alt":"a dog"}]'],
])('%s: columns are known by the names that people give them', async (_, name, content) => {
  const dataset = await tableOf(name, content);
  expect(captionsOf(dataset)).toEqual(pairs);
  expect(dataset.notes.find(({ code }) => code === 'guessed-columns')?.detail).toMatch(/ as caption/);
});

test('columns are named by keys, and a separator by itself', async () => {
  const content = 'image~was~wer\na.jpg~a cat~Katze\nb.jpg~a dog~Hund\n';
  const keys = { separator: '~', captionKey: 'was', labelKey: 'wer' };
  const dataset = await tableOf('x.csv', content, keys);
  expect(captionsOf(dataset)).toEqual(pairs);
  expect([dataset.classNames, [...dataset.labels!]]).toEqual([
    ['Hund', 'Katze'],
    [1, 0],
  ]);
  const json = await tableOf('x.jsonl', '{"image":"x","file":"a.jpg","text":"no","was":"a cat"}', {
    imageKey: 'file',
    captionKey: 'was',
  });
  expect(captionsOf(json)).toEqual({ 'a.jpg': ['a cat'] });
});

const several = { 'a.jpg': ['a cat', 'asleep', 'says "hi" .'], 'sub/c.jpg': ['a bird'] };

test.each([
  ['rows', 'x.csv', 'image,caption\na.jpg,a cat\nsub/c.jpg,a bird\na.jpg,asleep\na.jpg,"says ""hi"" ."\n'],
  [
    'Flickr8k.token.txt',
    'Flickr8k.token.txt',
    'a.jpg#0\ta cat\na.jpg#1\tasleep\na.jpg#2\tsays "hi" .\nsub/c.jpg#0\ta bird\n',
  ],
  [
    'results.csv of Flickr30k',
    'results.csv',
    'image_name| comment_number| comment\na.jpg| 0| a cat\na.jpg| 1| asleep\na.jpg| 2| says "hi" .\nsub/c.jpg| 0| a bird\n',
  ],
  [
    'a list of captions',
    'x.jsonl',
    `${JSON.stringify({ image: 'a.jpg', captions: several['a.jpg'] })}\n{"image":"sub/c.jpg","captions":["a bird"]}\n`,
  ],
  [
    'COCO',
    'captions_train.json',
    JSON.stringify({
      info: { year: 2017 },
      images: [
        { id: 9, file_name: 'a.jpg' },
        { id: 7, file_name: 'sub/c.jpg' },
      ],
      annotations: [
        { image_id: 9, caption: 'a cat' },
        { image_id: 7, caption: 'a bird' },
        { image_id: 9, caption: 'asleep\n' },
        { image_id: 9, bbox: [1, 2, 3, 4] },
        { image_id: 9, caption: 'says "hi" .' },
      ],
    }),
  ],
])('several captions, %s: one example, and each is drawn', async (_, name, content) => {
  const dataset = await tableOf(name, content);
  expect(dataset.length).toBe(2);
  expect(captionsOf(dataset)).toEqual(several);
  expect(dataset.caption(0)).toBe('a cat');
  const drawn = (step: number) => dataset.drawCaption!(0, foldIn(key(1), step));
  expect(drawn(3)).toBe(drawn(3));
});

describe('JSON on one line that is longer than what is read at a time', () => {
  const count = 20_000;
  const files = Array.from({ length: 5 }, (_, i) => `images/${i}.jpg`);
  const images = Array.from({ length: count }, (_, id) => ({ id, file_name: files[id % files.length] }));
  const captionOf = (id: number) => `«${id}», größer`;
  // First those of even pictures, so that neighbors among the pictures have captions far from each other.
  const annotations = [
    ...images.filter(({ id }) => id % 2 === 0),
    ...images.filter(({ id }) => id % 2 > 0),
  ].map(({ id }) => ({ image_id: id, caption: captionOf(id) }));
  const ids = Array.from({ length: count }, (_, id) => id);
  /** Captions of a picture, in the order of `images`. */
  const expected = files.map((_, at) => ids.filter((id) => id % files.length === at).map(captionOf));

  test.each([
    ['COCO', JSON.stringify({ images, annotations })],
    ['COCO, captions first', JSON.stringify({ annotations, images })],
    [
      'a list',
      JSON.stringify(ids.map((id) => ({ image: files[id % files.length], caption: captionOf(id) }))),
    ],
  ])('%s', async (_, json) => {
    expect(json.length).toBeGreaterThan(1 << 19);
    const path = await temporaryFolder({
      ...Object.fromEntries(files.map((file) => [file, ''])),
      'x.json': json,
      'latin.json': Buffer.from(json, 'latin1'),
    });
    for (const name of ['x.json', 'latin.json']) {
      const dataset = await openDataset({ kind: 'table', path: `${path}/${name}` });
      const { content } = stateOf(dataset) as unknown as { content: { captions: PackedTexts } };
      expect(Array.from(ids, (row) => textAt(content.captions, row))).toEqual(expected.flat());
      const invalid = dataset.notes.filter(({ code }) => code === 'invalid-utf8');
      expect(invalid.map(({ count, places }) => [count, places])).toEqual(
        name === 'x.json' ? [] : [[1, ['latin.json:1']]],
      );
    }
  });
});

test.each([
  ['a list', '[{"image":"a.jpg"},{"image":"b.jpg"', 'x.json is not JSON: item 2 is not whole'],
  ['COCO', '{"images":[{"id":1,"file_name":}],"annotations":[]}', 'item 1 of "images" cannot be read'],
  [
    'COCO without captions',
    '{"images":[{"id":1,"file_name":"a.jpg"}],"annotations":[',
    'item 1 of "annotations"',
  ],
  [
    'COCO, a picture without a name',
    '{"images":[{"id":1}],"annotations":[]}',
    'x.json, item 1 must name its picture',
  ],
])('what is damaged is named: %s', async (_, content, words) => {
  expect(await messageOfRejection(tableOf('x.json', content))).toContain(words);
});

test('pictures lie in another folder, and a file of no captions gives pictures alone', async () => {
  const folder = await temporaryFolder({ 'images/a.jpg': '', 'labels.csv': 'image,class\na.jpg,cat\n' });
  const dataset = await openDataset({
    kind: 'table',
    path: `${folder}/labels.csv`,
    images: `${folder}/images`,
  });
  expect([dataset.kind, dataset.length, dataset.classNames]).toEqual(['image', 1, ['cat']]);
  expect(dataset.file!(0)).toBe(`${folder}/images/a.jpg`);
});

test('Latin-1 is read and counted, and rows without a picture can be left out', async () => {
  const bytes = Buffer.from('image,caption\na.jpg,un café\nnowhere.jpg,x\n', 'latin1');
  expect(await messageOfRejection(tableOf('x.csv', bytes))).toMatch(
    /cannot be used: 1 row has no picture: x\.csv:3 \(nowhere\.jpg\)\. .*allowMissingPictures/,
  );
  const dataset = await tableOf('x.csv', bytes, { allowMissingPictures: true });
  expect(captionsOf(dataset)).toEqual({ 'a.jpg': ['un café'] });
  expect(dataset.notes.map(({ code, count }) => [code, count])).toEqual([
    ['invalid-utf8', 1],
    ['missing-picture', 1],
  ]);
});

test('all that is wrong is told at once', async () => {
  const spec = { kind: 'table', path: 'x.parquet', separator: ';;', imagekey: 'a', maxPixels: 0 } as const;
  const message = await messageOfRejection(openDataset(spec));
  for (const words of ['Did you mean imageKey?', 'path must be', 'separator must be', 'maxPixels must be'])
    expect(message).toContain(words);
  expect(await messageOfRejection(openDataset({ kind: 'table', path: 'nowhere.csv' }))).toContain(
    'does not exist',
  );
  expect(await messageOfRejection(tableOf('x.csv', 'picture;words\nz.jpg;x\n'))).toContain(
    'Set imageKey: "picture" and captionKey: "words"',
  );
  expect(await messageOfRejection(tableOf('x.csv', 'image,label\na.jpg,cat\nb.jpg,\n'))).toContain(
    '1 picture has no class',
  );
});

test('an imagefolder of the hub is a folder with metadata', async () => {
  const files = { 'train/a.jpg': '', 'train/b.jpg': '' };
  const rows = [
    { file_name: 'train/a.jpg', text: 'a cat' },
    { file_name: 'train/b.jpg', text: 'a dog' },
  ];
  const csv = `file_name,text\n${rows.map((row) => Object.values(row).join()).join('\n')}`;
  const kinds: Record<string, string>[] = [
    { 'metadata.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') },
    { 'metadata.csv': csv },
  ];
  for (const metadata of kinds) {
    const path = await temporaryFolder({ ...files, ...metadata });
    const dataset = await openFolder({ kind: 'folder', path });
    expect([dataset.caption(0), dataset.caption(1)]).toEqual(['a cat', 'a dog']);
  }
  // Texts beside the pictures go first, as they always did.
  const path = await temporaryFolder({
    ...files,
    'metadata.csv': csv,
    'train/a.txt': 'A',
    'train/b.txt': 'B',
  });
  expect((await openFolder({ kind: 'folder', path })).caption(0)).toBe('A');
});

test('a folder of img2dataset: texts beside pictures; its records, shards and gaps are no captions', async () => {
  const record = {
    url: 'http://x/1.jpg',
    caption: 'a cat',
    key: '000000000',
    status: 'success',
    width: 4,
    height: 4,
  };
  const folder = await temporaryFolder({
    '00000/000000000.jpg': 'x',
    '00000/000000000.txt': 'a cat',
    '00000/000000000.json': JSON.stringify(record),
    '00000/000000007.jpg': 'x',
    '00000/000000007.txt': 'a dog',
    '00000/000000007.json': JSON.stringify({ ...record, key: '000000007', caption: 'a dog' }),
    '00000.parquet': 'PAR1',
    '00000_stats.json': '{"count":2}',
    '00002/000020000.jpg': 'x',
    '00002/000020000.txt': 'a bird',
  });
  const dataset = await openDataset({ kind: 'folder', path: folder });
  const read = (at: number) => [dataset.describe(at), dataset.caption(at)];
  expect(Array.from({ length: dataset.length }, (_, at) => read(at))).toEqual([
    ['00000/000000000.jpg', 'a cat'],
    ['00000/000000007.jpg', 'a dog'],
    ['00002/000020000.jpg', 'a bird'],
  ]);
});
