import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noteSentence, openFolder } from '../src/index.js';
import { messageOfRejection, temporaryFolder } from './temporary.js';

// Pictures are not decoded when a folder is opened, so empty files will do.
const pictures = { 'a.png': '', 'b.png': '' };

/** Captions by picture, of a folder with one more file. */
async function captionsWith(name: string, content: string | Uint8Array): Promise<Record<string, string>> {
  const path = await temporaryFolder({ ...pictures, [name]: content });
  const dataset = await openFolder({ kind: 'folder', path, captions: name });
  return Object.fromEntries(
    Array.from({ length: dataset.length }, (_, i) => [dataset.describe(i), dataset.caption(i)]),
  );
}

async function notesWith(name: string, content: string) {
  const path = await temporaryFolder({ ...pictures, [name]: content });
  return (await openFolder({ kind: 'folder', path })).notes;
}

const expected = { 'a.png': 'a cat, asleep', 'b.png': 'two dogs; a ball' };

describe('CSV', () => {
  test.each([
    ['commas', 'image,caption\na.png,"a cat, asleep"\nb.png,two dogs; a ball\n'],
    ['semicolons', 'image;caption\na.png;a cat, asleep\nb.png;"two dogs; a ball"\n'],
    ['tabs', 'image\tcaption\na.png\ta cat, asleep\nb.png\ttwo dogs; a ball\n'],
    ['bars', 'caption|image\r\na cat, asleep|a.png\r\ntwo dogs; a ball|b.png\r\n'],
    ['commas', '\ufeffCaption, IMAGE\n"a cat, asleep",a.png\ntwo dogs; a ball,b.png'],
  ])('is read with %s, any case of the header, and a byte order mark', async (separator, content) => {
    expect(await captionsWith('captions.csv', content)).toEqual(expected);
    const told = (await notesWith('captions.csv', content)).map(({ code, detail }) => [code, detail]);
    expect(told).toEqual(separator === 'commas' ? [] : [['separator', separator]]);
  });

  test('a header that is missing is guessed and told', async () => {
    const content = '"a cat, asleep",a.png,cat\n"two dogs; a ball",b.png,dog\n';
    expect(await captionsWith('captions.csv', content)).toEqual(expected);
    const [note] = await notesWith('captions.csv', content);
    expect(note).toEqual({
      code: 'guessed-header',
      count: 1,
      detail: 'caption, image, label',
      places: ['captions.csv:1'],
    });
    expect(noteSentence(note!)).toContain('caption, image, label');
  });

  test('a wrong header is one fault, however many rows follow', async () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => `a.png,caption ${i}`).join('\n');
    const path = await temporaryFolder({ ...pictures, 'captions.csv': `picture,words\n${rows}` });
    const message = await messageOfRejection(openFolder({ kind: 'folder', path }));
    expect(message.split('\n')).toHaveLength(1);
    for (const words of [
      'image and caption',
      'received picture, words',
      'imageKey: "picture"',
      'captionKey: "words"',
    ]) {
      expect(message).toContain(words);
    }
  });

  test('rows with too many columns name the separator, and are counted', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => `a.png;cat ${i}; asleep`).join('\n');
    const path = await temporaryFolder({ ...pictures, 'captions.csv': `image;caption\nb.png;fine\n${rows}` });
    const message = await messageOfRejection(openFolder({ kind: 'folder', path }));
    expect(message).toContain('captions.csv:3 must have 2 columns');
    expect(message).toContain('received 3');
    expect(message).toContain('semicolons');
    expect(message).not.toContain('comma');
    expect(message).toContain('47 more');
    expect(message.split('\n').length).toBeLessThan(8);
  });

  test('whatever is quoted by the rules of RFC 4180 comes back', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ' ', ',', ';', '"', '\n', 'é', '\t', '|') });
    await fc.assert(
      fc.asyncProperty(cell, cell, fc.constantFrom(',', ';', '\t', '|'), async (first, second, separator) => {
        const row = (...cells: string[]) =>
          cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(separator);
        const content = [row('image', 'caption'), row('a.png', `x${first}`), row('b.png', `x${second}`)];
        const oneLine = (text: string) => text.split(/\s+/).filter(Boolean).join(' ');
        expect(await captionsWith('captions.csv', content.join('\n'))).toEqual({
          'a.png': oneLine(`x${first}`),
          'b.png': oneLine(`x${second}`),
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe('JSONL', () => {
  const items = [
    { Image: 'a.png', CAPTION: 'a cat, asleep', id: 1 },
    { Image: 'b.png', CAPTION: 'two dogs; a ball', id: 2 },
  ];

  test.each([
    ['one object a line', items.map((item) => JSON.stringify(item)).join('\n')],
    ['one list on a line', JSON.stringify(items)],
    ['one list on many lines', `\n${JSON.stringify(items, null, 2)}\n`],
  ])('%s, any case of the keys', async (_, content) => {
    expect(await captionsWith('captions.jsonl', content)).toEqual(expected);
  });

  test('what is wrong with an item of a list is told by its number', async () => {
    const content = JSON.stringify([items[0], { image: 'b.png', caption: 7 }]);
    const path = await temporaryFolder({ ...pictures, 'captions.jsonl': content });
    expect(await messageOfRejection(openFolder({ kind: 'folder', path }))).toContain(
      'captions.jsonl, item 2',
    );
  });

  test('one fault a row becomes one line and a count', async () => {
    const lines = Array.from({ length: 1000 }, (_, i) =>
      JSON.stringify(i < 600 ? { image: 'a.png', captoin: 'x' } : { image: `../${i}.png`, caption: 'x' }),
    );
    const path = await temporaryFolder({ ...pictures, 'captions.jsonl': lines.join('\n') });
    const message = await messageOfRejection(openFolder({ kind: 'folder', path }));
    expect(message).toMatch(/captions\.jsonl:1 has the unknown key captoin.*599 more/);
    expect(message).toMatch(/captions\.jsonl:603 names .*397 more/);
    expect(message.split('\n').length).toBeLessThan(8);
  });
});

describe('names of pictures', () => {
  test('absolute paths inside the folder are inside it', async () => {
    const path = await temporaryFolder(pictures);
    const inside = join(path, 'a.png');
    const outside = join(path, '..', 'a.png');
    const rows = [inside, 'b.png', outside].map((image) => JSON.stringify({ image, caption: 'x' }));
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(path, 'captions.jsonl'), rows.slice(0, 2).join('\n'));
    const dataset = await openFolder({ kind: 'folder', path });
    expect([dataset.describe(0), dataset.describe(1)]).toEqual(['a.png', 'b.png']);
    await writeFile(join(path, 'captions.jsonl'), rows.join('\n'));
    const message = await messageOfRejection(openFolder({ kind: 'folder', path }));
    expect(message).toContain(`captions.jsonl:3 names ${outside}, outside the folder`);
    expect(message).not.toContain('captions.jsonl:1');
  });

  test('accents stored in another way are the same name', async () => {
    const stored = 'straße-müll'.normalize('NFD');
    const named = stored.normalize('NFC');
    const files = { [`${stored}.jpg`]: '', 'plain.jpg': '' };
    const rows = `image,caption\n${named}.jpg,Müll\nplain.jpg,nothing\n`;
    const byFile = await openFolder({
      kind: 'folder',
      path: await temporaryFolder({ ...files, 'captions.csv': rows }),
    });
    expect([byFile.describe(0), byFile.caption(0), byFile.length]).toEqual([`${stored}.jpg`, 'Müll', 2]);
    expect(byFile.notes).toEqual([{ code: 'normalized-name', count: 1, places: ['captions.csv:2'] }]);
    const beside = await openFolder({
      kind: 'folder',
      path: await temporaryFolder({ ...files, [`${named}.txt`]: 'Müll', 'plain.txt': 'nothing' }),
    });
    expect([beside.caption(0), beside.caption(1)].sort()).toEqual(['Müll', 'nothing']);
  });
});
