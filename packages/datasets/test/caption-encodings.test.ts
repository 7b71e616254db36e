import { describe, expect, test } from 'vitest';
import { noteSentence, openFolder } from '../src/index.js';
import { temporaryFolder } from './temporary.js';

const sentence = 'Кошка сидит на диване и смотрит в окно';

/** Bytes of Cyrillic in Windows-1251, by the layout of its table: А to я from 0xC0 on. */
function windows1251(text: string): Buffer {
  return Buffer.from(
    Array.from(text, (letter) => {
      const code = letter.codePointAt(0)!;
      return code < 0x80 ? code : 0xc0 + code - 'А'.codePointAt(0)!;
    }),
  );
}

async function openText(content: Buffer) {
  const path = await temporaryFolder({ 'a.png': '', 'a.txt': content });
  return openFolder({ kind: 'folder', path });
}

describe('captions that are not UTF-8', () => {
  // Buffer's own latin1 writes the bytes; quotes and dash of Windows-1252 by their places in its table.
  test.each([
    ['windows-1252', Buffer.from('a café in Paris', 'latin1'), 'a café in Paris'],
    ['windows-1252', Buffer.from('crème brûlée', 'latin1'), 'crème brûlée'],
    ['windows-1252', Buffer.from('30 °C at noon', 'latin1'), '30 °C at noon'],
    [
      'windows-1252',
      Buffer.from('the dog\x92s \x93big\x94 bone \x96 caf\xe9', 'latin1'),
      'the dog’s “big” bone – café',
    ],
    ['windows-1251', windows1251(sentence), sentence],
    // Python's codec wrote these.
    [
      'Shift_JIS',
      Buffer.from('944c82aa835c8374834082cc8fe382c5905182c482a282dc82b7', 'hex'),
      '猫がソファの上で寝ています',
    ],
    [
      'GB18030',
      Buffer.from('d2bbd6bbc3a8d7f8d4dac9b3b7a2c9cfa3acbfb4d7c5b4b0cde2b5c4d0a1c4f1', 'hex'),
      '一只猫坐在沙发上，看着窗外的小鸟',
    ],
    [
      'windows-1250',
      Buffer.from('4b6f7420736965647a69206e6120bff3b374656a20736f6669652069209c7069', 'hex'),
      'Kot siedzi na żółtej sofie i śpi',
    ],
  ])('%s is guessed, and told', async (encoding, bytes, text) => {
    const dataset = await openText(bytes);
    expect(dataset.caption(0)).toBe(text);
    expect(dataset.notes).toEqual([
      { code: 'invalid-utf8', count: 1, detail: encoding, places: ['a.txt:1'] },
    ]);
    expect(noteSentence(dataset.notes[0]!)).toContain(encoding);
  });

  test('a character cut in two is damage, not another encoding', async () => {
    const whole = Buffer.from('Straße, Müll, Öl, naïve cafés über é');
    const dataset = await openText(whole.subarray(0, -1));
    expect(dataset.caption(0)).toBe('Straße, Müll, Öl, naïve cafés über \ufffd');
    expect(dataset.notes[0]!.detail).toBe('utf-8');
  });

  test('short captions are guessed together, and those in UTF-8 stay as they are', async () => {
    const words = ['кошка на диване', 'красная машина', 'окно', 'дом у реки', 'собака бежит', 'две птицы'];
    const files = Object.fromEntries(
      words.flatMap((word, i) => [
        [`${i}.png`, ''],
        [`${i}.txt`, i === 2 ? word : windows1251(word)],
      ]),
    );
    const dataset = await openFolder({ kind: 'folder', path: await temporaryFolder(files) });
    expect(words.map((_, i) => dataset.caption(i))).toEqual(words);
    expect(dataset.notes[0]).toMatchObject({ count: 5, detail: 'windows-1251' });
  });

  test.each(['captions.csv', 'captions.jsonl'])('%s of many blocks: lines and places', async (name) => {
    const isCsv = name.endsWith('csv');
    const line = (caption: string) =>
      isCsv ? `a.png,${caption}` : `{"image":"a.png","caption":"${caption}"}`;
    // More than a megabyte, so that the odd line stands in another block than the first.
    const filler = Array.from({ length: 40_000 }, (_, i) =>
      line(`a cat on a sofa, number ${i}`.replace(',', '')),
    );
    const content = Buffer.concat([
      Buffer.from([...(isCsv ? ['image,caption'] : []), ...filler, ''].join('\n')),
      Buffer.from(line('a café in Paris'), 'latin1'),
      Buffer.from(`\n${line('ok ✓')}\n`),
    ]);
    const path = await temporaryFolder({ 'a.png': '', [name]: content });
    const dataset = await openFolder({ kind: 'folder', path, examples: 'captions' });
    expect(dataset.length).toBe(40_002);
    expect(dataset.caption(39_999)).toBe('a cat on a sofa number 39999');
    expect([dataset.caption(40_000), dataset.caption(40_001)]).toEqual(['a café in Paris', 'ok ✓']);
    const places = [`${name}:${isCsv ? 40_002 : 40_001}`];
    expect(dataset.notes).toEqual([{ code: 'invalid-utf8', count: 1, detail: 'windows-1252', places }]);
  });
});

describe('UTF-16 with a byte order mark', () => {
  const wide = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
  test.each([
    ['a.txt', 'a cat ✓ émigré'],
    ['captions.csv', 'image,caption\r\na.png,a cat ✓ émigré\r\n'],
    ['captions.jsonl', '{"image":"a.png","caption":"a cat ✓ émigré"}\n'],
  ])('%s, in both byte orders', async (name, text) => {
    for (const bytes of [wide(text), wide(text).swap16()]) {
      const path = await temporaryFolder({ 'a.png': '', [name]: bytes });
      const dataset = await openFolder({ kind: 'folder', path });
      expect([dataset.caption(0), dataset.length, dataset.notes]).toEqual(['a cat ✓ émigré', 1, []]);
    }
  });
});
