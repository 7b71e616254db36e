import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type PickleStub, readPickle } from '../src/index.js';
import { plain } from './plain.js';

interface Case {
  readonly name: string;
  readonly base64: string;
  readonly expected: unknown;
}

const cases = JSON.parse(readFileSync(new URL('fixtures/pickles.json', import.meta.url), 'utf8')) as Case[];
const bytesOf = (name: string) => Buffer.from(cases.find((one) => one.name === name)!.base64, 'base64');

test.each(cases.filter(({ expected }) => expected !== null))('$name', ({ base64, expected }) => {
  const bytes = Buffer.from(base64, 'base64');
  const { value, end } = readPickle(bytes);
  expect(plain(value)).toEqual(expected);
  expect(end).toBe(bytes.length);
});

test('Python 2 escapes and long integers', () => {
  const { value } = readPickle(bytesOf('python 2'));
  expect(value).toEqual(
    new Map<string, unknown>([
      ["it's A\n", 7],
      ['long', 12345678901234567890n],
    ]),
  );
});

test('what is shared stays one value', () => {
  const { value } = readPickle(bytesOf('shared 2')) as { value: unknown[] };
  expect(value[0]).toBe(value[1]);
});

test('a list within itself', () => {
  const { value } = readPickle(Buffer.from(']q\x00h\x00a.', 'latin1')) as { value: unknown[] };
  expect(value[0]).toBe(value);
});

test('any other class is a stub that keeps what it was given', () => {
  // class Thing: state {'a': 1}, appended 2, set 3 -> 4; written by hand in protocol 2
  const text = 'cmodule\nThing\n(K\x05t\x81}X\x01\x00\x00\x00aK\x01sb(K\x02eK\x03K\x04s.';
  const { value } = readPickle(Buffer.from(text, 'latin1')) as { value: PickleStub };
  expect(value).toEqual({
    type: 'stub',
    name: 'module.Thing',
    args: [5],
    state: new Map([['a', 1]]),
    items: [2],
    entries: new Map([[3, 4]]),
  });
});
