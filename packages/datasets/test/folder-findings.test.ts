import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { noteSentence, openFolder } from '../src/index.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';

const pair = { 'a.png': '', 'a.txt': 'a cat' };

describe('what is left out is counted', () => {
  test('a text beside no picture is no caption', async () => {
    const files = { ...pair, 'README.txt': 'Pictures by us', 'LICENSE.txt': 'GPL' };
    const dataset = await openFolder({ kind: 'folder', path: await temporaryFolder(files) });
    expect([dataset.length, dataset.caption(0)]).toEqual([1, 'a cat']);
    expect(dataset.notes).toEqual([
      { code: 'unpaired-text', count: 2, places: ['LICENSE.txt', 'README.txt'] },
    ]);
  });

  test('captions whose picture is not there, where that is allowed', async () => {
    const rows = Array.from({ length: 150 }, (_, i) => `gone/${i}.png,nothing\n`).join('');
    const path = await temporaryFolder({ ...pair, 'captions.csv': `image,caption\na.png,a cat\n${rows}` });
    const message = await messageOfRejection(openFolder({ kind: 'folder', path }));
    expect(message).toContain('150 captions have no picture: captions.csv:3 (gone/0.png)');
    expect(message).toContain('and 130 more');
    expect(message).toContain('allowMissingPictures');
    const dataset = await openFolder({ kind: 'folder', path, allowMissingPictures: true });
    expect([dataset.length, dataset.caption(0)]).toEqual([1, 'a cat']);
    expect(dataset.notes[0]).toMatchObject({ code: 'missing-picture', count: 150 });
    expect(dataset.notes[0]!.places).toHaveLength(100);
    expect(noteSentence(dataset.notes[0]!)).toMatch(/^150 captions .*captions\.csv:5.* and 147 more$/);
  });

  test('pictures of other formats, by ending, and rows that name one', async () => {
    const files = { ...pair, 'b.BMP': '', 'c.bmp': '', 'd.heic': '', 'e.svg': '' };
    const dataset = await openFolder({ kind: 'folder', path: await temporaryFolder(files) });
    expect(dataset.length).toBe(1);
    expect(dataset.notes).toEqual([
      { code: 'other-picture', count: 2, detail: '.bmp', places: ['b.BMP', 'c.bmp'] },
      { code: 'other-picture', count: 1, detail: '.heic', places: ['d.heic'] },
      { code: 'other-picture', count: 1, detail: '.svg', places: ['e.svg'] },
    ]);
    const alone = await temporaryFolder({ 'b.bmp': '', 'd.heic': '' });
    const empty = await messageOfRejection(openFolder({ kind: 'folder', path: alone }));
    expect(empty).toContain('1 .bmp, 1 .heic');
    const named = { ...files, 'captions.csv': 'image,caption\na.png,a cat\nc.bmp,a dog\n' };
    const message = await messageOfRejection(
      openFolder({ kind: 'folder', path: await temporaryFolder(named) }),
    );
    expect(message).toContain('captions.csv:3 (c.bmp: .bmp is not read)');
  });

  test.each([
    'other.csv',
    'annotations/captions_val2017.json',
    'results_20130124.token.txt',
    'train-00000.tar',
    'data/train-00000.parquet',
    'captions.csv.gz',
  ])('%s is named where captions are missing, and where they are not', async (name) => {
    const without = await temporaryFolder({ 'a.png': '', [name]: 'x' });
    const message = await messageOfRejection(openFolder({ kind: 'folder', path: without }));
    expect(message).toContain(`Seen and not read: ${name}.`);
    expect(message.includes(`captions: "${name}"`)).toBe(name.endsWith('.csv'));
    const dataset = await openFolder({
      kind: 'folder',
      path: await temporaryFolder({ ...pair, [name]: 'x' }),
    });
    expect(dataset.notes).toEqual([{ code: 'other-metadata', count: 1, places: [name] }]);
  });

  test('a .json of its own beside each picture says nothing', async () => {
    const path = await temporaryFolder({ ...pair, 'a.json': '{}' });
    expect((await openFolder({ kind: 'folder', path })).notes).toEqual([]);
  });
});

describe('links', () => {
  /** Makes links, from the path of each to what it leads to. */
  async function link(folder: string, links: Record<string, string>): Promise<void> {
    for (const [name, target] of Object.entries(links)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await symlink(target, join(folder, name));
    }
  }
  const names = (dataset: Awaited<ReturnType<typeof openFolder>>) =>
    Array.from({ length: dataset.length }, (_, i) => dataset.describe(i));

  test('out of the folder, as in the cache of a model hub, are followed where asked for', async () => {
    const root = await temporaryFolder({
      'blobs/0a1b': '',
      'blobs/2c3d': 'a cat',
      'pool/dog.png': '',
      'pool/dog.txt': 'a dog',
    });
    await link(root, {
      'snapshots/main/cat.png': '../../blobs/0a1b',
      'snapshots/main/cat.txt': '../../blobs/2c3d',
      'snapshots/main/dogs': '../../pool',
    });
    const path = join(root, 'snapshots/main');
    const message = await messageOfRejection(openFolder({ kind: 'folder', path }));
    expect(message).toContain('cat.png, cat.txt, dogs. Set followLinks');
    const dataset = await openFolder({ kind: 'folder', path, followLinks: true });
    expect(names(dataset)).toEqual(['cat.png', 'dogs/dog.png']);
    expect([dataset.caption(0), dataset.caption(1), dataset.notes]).toEqual(['a cat', 'a dog', []]);
  });

  test('cycles are told as cycles, and end', async () => {
    const path = await temporaryFolder({ ...pair, 'deep/b.png': '', 'deep/b.txt': 'a dog' });
    const other = await temporaryFolder({ 'c.png': '', 'c.txt': 'a bird' });
    await link(path, { 'deep/up': '..', 'deep/self': '.', one: 'two', two: 'one', 'deep/other': other });
    await link(other, { back: path });
    const dataset = await openFolder({ kind: 'folder', path, followLinks: true });
    expect(names(dataset)).toEqual(['a.png', 'deep/b.png', 'deep/other/c.png']);
    const places = ['deep/other/back', 'deep/self', 'deep/up', 'one', 'two'];
    expect(dataset.notes).toEqual([{ code: 'link-cycle', count: 5, places }]);
  });

  test('to nothing are faults of their own, unless pictures may be missing', async () => {
    const path = await temporaryFolder(pair);
    await link(path, { 'b.png': '.git/annex/objects/b.png' });
    const message = await messageOfRejection(openFolder({ kind: 'folder', path, followLinks: true }));
    expect(message).toContain('lead nowhere: b.png');
    const dataset = await openFolder({ kind: 'folder', path, allowMissingPictures: true });
    expect(names(dataset)).toEqual(['a.png']);
    expect(dataset.notes).toEqual([{ code: 'broken-link', count: 1, places: ['b.png'] }]);
  });
});

test('flags are true or false', async () => {
  const spec = { kind: 'folder', path: 'x', followLinks: 'yes', allowMissingPictures: 1 };
  const message = await messageOfRejection(openFolder(spec as never));
  expect(message.split('\n').map((line) => line.split(' ')[0])).toEqual([
    'allowMissingPictures',
    'followLinks',
  ]);
});
