import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { key } from '@m3ae/random';
import { describe, expect, test } from 'vitest';
import { openDataset, openFolder, openFolderParts } from '../src/index.js';
import { pngOf } from './pictures.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';

const picture = await pngOf(1);

describe('name.txt beside name.jpg', () => {
  test('pictures in sub-folders, in order of their paths; captions on one line', async () => {
    const path = await temporaryFolder({
      'b.png': picture,
      'b.txt': '  a dog\nruns \n',
      'a/z.JPG': picture,
      'a/z.txt': 'a cat',
      '.hidden/c.png': picture,
      '.DS_Store': 'x',
      'README.md': 'not a caption',
    });
    const dataset = await openDataset({ kind: 'folder', path });
    expect(dataset).toMatchObject({ kind: 'paired', length: 2, notes: [], name: 'folder/all' });
    expect([0, 1].map((i) => [dataset.describe(i), dataset.caption(i)])).toEqual([
      ['a/z.JPG', 'a cat'],
      ['b.png', 'a dog runs'],
    ]);
    expect(await dataset.image(1)).toMatchObject({ width: 24, height: 20, channels: 3 });
    await expect(dataset.image(2)).rejects.toThrow('index must be an integer from 0 to 1; received 2.');
  });

  test('the fingerprint follows names, sizes and captions', async () => {
    const files = { 'a.png': picture, 'a.txt': 'a cat' };
    const fingerprint = async (changed: Record<string, string | Uint8Array>): Promise<string> =>
      (await openFolder({ kind: 'folder', path: await temporaryFolder({ ...files, ...changed }) }))
        .fingerprint;
    const first = await fingerprint({});
    expect(await fingerprint({})).toBe(first);
    expect(await fingerprint({ 'a.txt': 'a dog' })).not.toBe(first);
    expect(await fingerprint({ 'a.png': Buffer.concat([picture, Buffer.of(0)]) })).not.toBe(first);
  });

  test('pictures without a caption are all listed, once, and texts beside no picture', async () => {
    const path = await temporaryFolder({
      'a.png': picture,
      'b.png': picture,
      'b.txt': ' \n',
      'c.txt': 'alone',
      'd.txt': 'too',
    });
    expect(await messageOfRejection(openFolder({ kind: 'folder', path }))).toBe(
      `The folder ${path} cannot be used: ` +
        '2 pictures have no caption: a.png, b.png. 2 text files stand beside no picture: c.txt, d.txt. ' +
        'Add them, set allowMissingCaptions, or use captions: "none".',
    );
  });

  test('a picture without a caption can be used as a picture alone', async () => {
    const path = await temporaryFolder({ 'a.png': picture, 'b.png': picture, 'b.txt': 'a dog' });
    const dataset = await openFolder({ kind: 'folder', path, allowMissingCaptions: true });
    expect([dataset.caption(0), dataset.caption(1), dataset.kind]).toEqual(['', 'a dog', 'paired']);
    expect(dataset.notes).toEqual([{ code: 'missing-caption', count: 1, places: ['a.png'] }]);
    const pictures = await openFolder({ kind: 'folder', path, captions: 'none' });
    expect([pictures.kind, pictures.length, pictures.caption(1), pictures.notes]).toEqual([
      'image',
      2,
      '',
      [],
    ]);
  });
});

describe('caption files', () => {
  const pictures = { 'a.png': picture, 'deep/b.png': picture };

  test.each([
    [
      'captions.jsonl',
      '\ufeff{"image": "deep/b.png", "caption": "a \\"big\\" dog", "label": 10, "id": 7}\r\n\n{"image":"./a.png","caption":"a cat","label":9}\n{"image":"a.png","caption":"again","label":9}',
    ],
    ['captions.csv', 'caption,label,image\n"a ""big"" dog",10,deep/b.png\na cat,9,a.png\nagain,9,./a.png\n'],
  ])('%s', async (name, content) => {
    const path = await temporaryFolder({ ...pictures, [name]: content });
    for (const captions of ['auto', name]) {
      const spec = { kind: 'folder', path, captions, labels: 'column' } as const;
      const pairs = await openFolder(spec);
      expect([0, 1].map((i) => [pairs.describe(i), pairs.captions!(i)])).toEqual([
        ['deep/b.png', ['a "big" dog']],
        ['a.png', ['a cat', 'again']],
      ]);
      const drawn = Array.from({ length: 20 }, (_, seed) => pairs.drawCaption!(1, key(seed)));
      expect(new Set(drawn)).toEqual(new Set(['a cat', 'again']));
      expect([pairs.length, ...pairs.labels!]).toEqual([2, 1, 0]);
      const dataset = await openFolder({ ...spec, examples: 'captions' });
      expect(dataset.fingerprint).not.toBe(pairs.fingerprint);
      expect([0, 1, 2].map((i) => [dataset.describe(i), dataset.caption(i)])).toEqual([
        ['deep/b.png', 'a "big" dog'],
        ['a.png', 'a cat'],
        ['a.png', 'again'],
      ]);
      expect(dataset.classNames).toEqual(['9', '10']); // by value, not by letter
      expect([...dataset.labels!]).toEqual([1, 0, 0]);
    }
  });

  test('pictures of one caption each are the same examples either way', async () => {
    const path = await temporaryFolder({
      ...pictures,
      'captions.csv': 'image,caption\na.png,x\ndeep/b.png,y\n',
    });
    const [whole, each] = await Promise.all(
      (['pictures', 'captions'] as const).map((examples) => openFolder({ kind: 'folder', path, examples })),
    );
    expect(whole!.fingerprint).toBe(each!.fingerprint);
    expect(whole!.captions).toBeUndefined();
  });

  test('everything wrong with a JSONL file is reported with its line', async () => {
    const path = await temporaryFolder({
      ...pictures,
      'c.png': picture,
      'captions.jsonl': [
        '{"image": "a.png", "caption": "fine"}',
        '{"image": "deep/b.png", "captoin": "misspelt"}',
        '{"image": "deep/b.png", "caption": 3}',
        '{"image": ',
        '[1]',
        '{"image": "gone.png", "caption": "no picture"}',
        '{"image": "../secret.png", "caption": "outside"}',
        '{"image": "/etc/passwd", "caption": "outside"}',
        '{"image": "deep/../../x.png", "caption": "outside"}',
        '{"caption": "nameless"}',
      ].join('\n'),
    });
    const message = await messageOfRejection(openFolder({ kind: 'folder', path, labels: 'column' }));
    for (const fault of [
      '- captions.jsonl:2 has the unknown key captoin. Did you mean caption?',
      '- captions.jsonl:3 must have a text as "caption"; received 3.',
      '- captions.jsonl:4 is not JSON: ',
      '- captions.jsonl:5 must be an object with image and caption; received [1].',
      '- captions.jsonl:7 names ../secret.png, outside the folder. Name pictures inside it.',
      '- captions.jsonl:8 names /etc/passwd, outside the folder.',
      '- captions.jsonl:9 names deep/../../x.png, outside the folder.',
      '- captions.jsonl:10 must name its picture in "image"; received undefined.',
      '- 1 caption has no picture: captions.jsonl:6 (gone.png). Add the pictures, remove the captions, or set allowMissingPictures.',
      '- 2 pictures have no caption: deep/b.png, c.png. Add them',
      '- 3 pictures have no class: captions.jsonl:1, captions.jsonl:2, c.png. Fill the label column.',
    ]) {
      expect(message).toContain(fault);
    }
  });

  test('a CSV file with another header or a broken quote is refused', async () => {
    const files = { ...pictures, 'captions.csv': 'image,captoin\na.png,a cat\n' };
    const message = await messageOfRejection(
      openFolder({ kind: 'folder', path: await temporaryFolder(files) }),
    );
    expect(message).toContain(
      'captions.csv must have the columns image and caption; received image, captoin. Did you mean caption',
    );
    const broken = await temporaryFolder({ ...pictures, 'captions.csv': 'image,caption\na.png,"a cat\n' });
    expect(await messageOfRejection(openFolder({ kind: 'folder', path: broken }))).toContain(
      'captions.csv is not CSV: ',
    );
    const empty = await temporaryFolder({ ...pictures, 'captions.csv': 'image,caption\n' });
    expect(await messageOfRejection(openFolder({ kind: 'folder', path: empty }))).toContain(
      'captions.csv holds no rows.',
    );
  });

  test('a caption file that is not there', async () => {
    const path = await temporaryFolder(pictures);
    await expect(openFolder({ kind: 'folder', path, captions: 'mine.csv' })).rejects.toThrow(
      `captions must be a file in ${path}; received mine.csv. Put it there, or leave captions out.`,
    );
  });
});

describe('invalid UTF-8', () => {
  const bad = Buffer.concat([Buffer.from('a caf'), Buffer.of(0xe9), Buffer.from(' in Paris')]); // Latin-1

  test('is read by its likely encoding and counted, with file and line', async () => {
    const path = await temporaryFolder({
      'a.png': picture,
      'a.txt': Buffer.concat([Buffer.from('x\n'), bad]),
    });
    const dataset = await openFolder({ kind: 'folder', path });
    expect(dataset.caption(0)).toBe('x a café in Paris');
    expect(dataset.notes).toEqual([
      { code: 'invalid-utf8', count: 1, detail: 'windows-1252', places: ['a.txt:2'] },
    ]);
    await expect(openFolder({ kind: 'folder', path, strictText: true })).rejects.toThrow(
      'These captions are not valid UTF-8: a.txt:2. Save them as UTF-8.',
    );
  });

  test('in a caption file, line by line', async () => {
    const lines = Buffer.concat([Buffer.from('image,caption\na.png,ok ✓\nb.png,'), bad, Buffer.from('\n')]);
    const path = await temporaryFolder({ 'a.png': picture, 'b.png': picture, 'captions.csv': lines });
    const dataset = await openFolder({ kind: 'folder', path });
    expect(dataset.notes[0]!.places).toEqual(['captions.csv:3']);
    expect([dataset.caption(0), dataset.caption(1)]).toEqual(['ok ✓', 'a café in Paris']);
  });
});

describe('classes and splits', () => {
  test('the first sub-folder is the class', async () => {
    const files = { 'cat/1.png': picture, 'dog/x/1.png': picture, 'cat/2.png': picture };
    const path = await temporaryFolder(files);
    const dataset = await openFolder({ kind: 'folder', path, captions: 'none', labels: 'subfolder' });
    expect([dataset.classNames, [...dataset.labels!]]).toEqual([
      ['cat', 'dog'],
      [0, 0, 1],
    ]);
    const loose = await temporaryFolder({ ...files, 'top.png': picture });
    await expect(
      openFolder({ kind: 'folder', path: loose, captions: 'none', labels: 'subfolder' }),
    ).rejects.toThrow('1 picture has no class: top.png. Put each class into its own sub-folder.');
  });

  test('train and validation are disjoint, cover all, and number classes alike', async () => {
    const files = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`c${i % 7}/${i}.png`, picture]));
    const path = await temporaryFolder(files);
    const spec = {
      kind: 'folder',
      path,
      captions: 'none',
      labels: 'subfolder',
      validationShare: 0.3,
    } as const;
    const [train, validation] = [
      await openFolder({ ...spec, split: 'train' }),
      await openFolder({ ...spec, split: 'validation' }),
    ];
    const names = [train, validation].map((part) =>
      Array.from({ length: part.length }, (_, i) => part.describe(i)),
    );
    expect(names.flat().sort()).toEqual(Object.keys(files).sort());
    expect(validation.length).toBeGreaterThan(8);
    expect(validation.length).toBeLessThan(30);
    expect(train.classNames).toEqual(validation.classNames);
    const together = await openFolderParts(spec);
    expect(
      [together.train, together.validation!].map(({ fingerprint, name }) => [fingerprint, name]),
    ).toEqual([train, validation].map(({ fingerprint, name }) => [fingerprint, name]));
    expect(together.test).toBeNull();
  });
});

describe('bad input', () => {
  test('missing, empty, not a folder', async () => {
    const path = await temporaryFolder({ 'file.txt': 'x' });
    await expect(openFolder({ kind: 'folder', path: join(path, 'gone') })).rejects.toThrow(
      `The folder ${join(path, 'gone')} does not exist. Check the path; it counts from ${process.cwd()}.`,
    );
    await expect(openFolder({ kind: 'folder', path: join(path, 'file.txt') })).rejects.toThrow(
      'is not a folder',
    );
    const empty = await temporaryFolder();
    await expect(openFolder({ kind: 'folder', path: empty })).rejects.toThrow(
      `The folder ${empty} cannot be used: It holds no pictures (.jpg, .jpeg, .png, .webp, .gif, .tif, .tiff, .avif). Check the path.`,
    );
  });

  test('links that leave the folder are refused; links inside it are fine', async () => {
    const outside = await temporaryFolder({ 'secret.png': picture });
    const path = await temporaryFolder({ 'a.png': picture });
    await symlink(join(path, 'a.png'), join(path, 'b.png'));
    expect((await openFolder({ kind: 'folder', path, captions: 'none' })).length).toBe(2);
    await symlink(join(outside, 'secret.png'), join(path, 'c.png'));
    await mkdir(join(path, 'd'));
    await expect(openFolder({ kind: 'folder', path, captions: 'none' })).rejects.toThrow(
      'These links lead out of the folder or to other folders: c.png. Set followLinks',
    );
  });

  test('all faults of a spec at once', async () => {
    const spec = {
      kind: 'folder',
      path: '',
      caption: 'txt',
      captions: 'x.xlsx',
      labels: 'x',
      maxPixels: 0,
      split: 'dev',
      validationShare: 1,
    };
    const message = await messageOfRejection(openFolder(spec as never));
    expect(message.split('\n').map((line) => line.split(' ')[0])).toEqual([
      'caption',
      'path',
      'captions',
      'labels',
      'maxPixels',
      'split',
      'validationShare',
    ]);
    expect(message).toContain('caption must be a known option; received caption. Did you mean captions?');
  });
});
