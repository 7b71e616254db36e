import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cocoItems, formOf } from '../src/folder/coco.js';
import { createJsonScanner, type JsonItem } from '../src/folder/json-items.js';

function scan(pieces: readonly string[]): JsonItem[] {
  const items: JsonItem[] = [];
  const scanner = createJsonScanner({ onItem: (item) => items.push(item) });
  for (const piece of pieces) scanner.push(piece);
  scanner.finish();
  return items;
}

/** What the scanner should tell of a whole that `JSON.parse` has read. */
function itemsOf(whole: object): JsonItem[] {
  const list = (items: readonly unknown[], member?: string) =>
    items.map((value, at) => ({ member, number: at + 1, value }));
  if (Array.isArray(whole)) return list(whole);
  return Object.entries(whole).flatMap(([member, value]: [string, unknown]): readonly JsonItem[] =>
    Array.isArray(value) ? list(value, member) : [{ member, value }],
  );
}

async function* blocks(pieces: readonly string[]) {
  for (const text of pieces) yield { text };
}

const faultOf = (...pieces: string[]): string => {
  try {
    scan(pieces);
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return (error as Error).message;
  }
  return 'none';
};

const isJson = (text: string): boolean => {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
};

// Space between any two tokens, and letters as \u escapes: all that JSON.stringify does not write.
const spaces = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 3 });
const spaced = (value: unknown): fc.Arbitrary<string> =>
  fc.infiniteStream(spaces).map((stream) => {
    const tokens = JSON.stringify(value).match(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^[\]{}:,"]+/g)!;
    const escaped = (token: string): string =>
      token.replaceAll('e', (letter) => (token.startsWith('"') ? '\\u0065' : letter));
    return tokens.map((token) => `${stream.next().value}${escaped(token)}`).join('') + stream.next().value;
  });

describe('items of a list, or of the lists of an object', () => {
  const odd = fc.string({ unit: fc.constantFrom('"', '\\', ']', '}', ',', 'é', '😀', '\u2028', 'e', '\n') });
  const text = fc.oneof(odd, fc.string({ unit: 'grapheme' }));
  const value = fc.jsonValue({ maxDepth: 3, stringUnit: 'grapheme' });
  const item = fc.oneof(text, value, fc.record({ image: text, caption: fc.array(text) }));
  // A name that is a number would come first in an object of JSON.parse.
  const object = fc.dictionary(
    text.filter((name) => !/^\d+$/.test(name) && name !== '__proto__'),
    item,
  );
  const whole = fc.oneof(fc.array(item), object);

  test('are those of JSON.parse, wherever the text is cut', () => {
    const sample = whole.chain((all) => fc.tuple(fc.constant(all), spaced(all)));
    fc.assert(
      fc.property(sample, fc.integer({ min: 1, max: 9 }), ([all, json], size) => {
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(all)));
        const expected = itemsOf(JSON.parse(json) as object);
        for (let cut = 0; cut <= Math.min(json.length, 60); cut++)
          expect(scan([json.slice(0, cut), json.slice(cut)])).toEqual(expected);
        const pieces = Array.from({ length: Math.ceil(json.length / size) }, (_, at) =>
          json.slice(at * size, (at + 1) * size),
        );
        expect(scan(pieces)).toEqual(expected);
      }),
    );
  });

  test('of damaged text are a fault exactly where they are one for JSON.parse', () => {
    const change = fc.tuple(
      fc.nat(),
      fc.constantFrom('', '"', '\\', '[', ']', '{', '}', ',', ':', '1', 'x', ' '),
    );
    fc.assert(
      fc.property(whole, change, (all, [at, letter]) => {
        const json = JSON.stringify(all);
        const place = at % json.length;
        const damaged = json.slice(0, place) + letter + json.slice(place + 1);
        expect(faultOf(damaged) === 'none').toBe(isJson(damaged));
      }),
      { numRuns: 2000 },
    );
  });

  test('that are damaged are named', () => {
    expect(faultOf('[{"a":1},{"a":}]')).toMatch(/^item 2 cannot be read: /);
    expect(faultOf('{"info":{},"images":[{},{"id":1')).toMatch(/^item 2 of "images" is not whole/);
    expect(faultOf('{"images":[{} {}]}')).toMatch(/^item 2 of "images" must have a comma/);
    expect(faultOf('[1]', '2')).toMatch(/nothing may follow/);
    expect(faultOf('7')).toMatch(/must begin with a list or an object; it has "7"/);
  });

  test('cannot exhaust memory or the stack', () => {
    expect(faultOf(...Array.from({ length: 100 }, () => '['.repeat(100_000)))).toMatch(
      /deeper than 256 levels/,
    );
    expect(faultOf('["', ...Array.from({ length: 40 }, () => 'x'.repeat(1 << 20)))).toMatch(
      /longer than 16 MB/,
    );
  });
});

describe('COCO', () => {
  /** As it is written down: all in memory, one object each. */
  function slowly(all: { images: Record<string, unknown>[]; annotations: Record<string, unknown>[] }) {
    return all.images.map(({ id, file_name }) => {
      const own = all.annotations.filter(
        ({ image_id, caption }) => image_id === id && typeof caption === 'string',
      );
      return { image: file_name ?? null, caption: own.length > 0 ? own.map(({ caption }) => caption) : '' };
    });
  }
  const id = fc.constantFrom(0, 1, 2, '1', 'a', null, 2.5);
  const name = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(null, 7));
  const images = fc.array(fc.record({ id, file_name: name }, { requiredKeys: ['id'] }));
  const caption = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom(null, 3));
  const annotations = fc.array(fc.record({ image_id: id, caption, bbox: fc.constant([1, [2]]) }));

  test('captions are joined with their pictures, in whatever order the lists come', async () => {
    const all = fc.record({ images, annotations });
    await fc.assert(
      fc.asyncProperty(all, fc.boolean(), async (lists, isTurned) => {
        const { images: first, annotations: second } = lists;
        const json = JSON.stringify(
          isTurned ? { annotations: second, info: 'x', images: first } : { type: 1, ...lists },
        );
        expect(await formOf(blocks([json]))).toBe('coco');
        const items: unknown[] = [];
        for await (const some of cocoItems(blocks([json.slice(0, 9), json.slice(9)]))) items.push(...some);
        expect(items).toEqual(slowly(lists));
      }),
    );
  });

  test.each([
    ['list', '\n [{"image":"a.png"}]'],
    ['lines', '{"image":"a.png","caption":"x"}\n{"image":"b.png","caption":"y"}'],
    ['lines', '{"annotations":[{"bbox":[1,2]}],"images":[],"image":"a.png"}\n{"image":"b.png"}'],
    ['lines', '{"annotations":[{"bbox":[1,2]}],"image":"a.png"}'],
    ['lines', '{"image":"a.png", "caption": x}'],
    ['lines', ''],
    ['coco', '{"images":[],"annotations":[]}'],
    ['coco', '{"images":[{"id":1},{"id":'],
  ])('a file of %s is known by its beginning: %s', async (form, json) => {
    expect(await formOf(blocks([json]))).toBe(form);
  });

  test('a list that is missing is named', async () => {
    const read = async () => {
      for await (const _ of cocoItems(blocks(['{"images":[]}']))) expect(_).toEqual([]);
    };
    await expect(read()).rejects.toThrow('no list "annotations"');
  });
});
