import { existsSync, readFileSync, rmSync } from 'node:fs';
import { isInvalidInput } from '@m3ae/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPickle, readWeights } from '../src/index.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const length8 = (length: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(length);
  return bytes.toString('latin1');
};

/** A list that holds the one before twice, `levels` times: a tree of 2 to the power of `levels` leaves. */
const doubling = (levels: number) => latin1(`]q\x000${'](h\x00h\x00eq\x000'.repeat(levels)}h\x00.`);

const attacks: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ['lists within lists', latin1(`${']'.repeat(200_000)}${'a'.repeat(199_999)}.`)],
  ['tuples within tuples', latin1(`N${'\x85'.repeat(900_000)}.`)],
  ['marks without end', latin1('('.repeat(2_000_000))],
  ['objects without end', latin1(`${']0'.repeat(2_000_000)}N.`)],
  ['instructions without end', latin1(`${'N0'.repeat(3_000_000)}N.`)],
  ['a memo of millions', latin1(`]${'\x94'.repeat(6_000_000)}.`)],
  ['bytes of 2^60', latin1(`\x80\x05\x8e${length8(1n << 60n)}abc.`)],
  ['text of 2^63', latin1(`\x80\x04\x8d${length8(1n << 63n)}abc.`)],
  ['a bytearray of 4 GB', latin1(`\x80\x05\x96${length8(4n << 30n)}abc.`)],
  ['an integer of 2 GB', latin1('\x80\x02\x8b\xff\xff\xff\x7f.')],
  [
    'an array of 2^62 elements',
    latin1(
      'cnumpy.core.numeric\n_frombuffer\n(C\x04abcdcnumpy\ndtype\n(U\x02f4tR(I2147483648\nI2147483648\ntU\x01CtR.',
    ),
  ],
  [
    'dicts of a list again and again',
    latin1(`](${'N'.repeat(1000)}eq\x00${'0cbuiltins\nset\n(h\x00tR'.repeat(2000)}.`),
  ],
  ['a buffer from elsewhere', latin1('\x80\x05\x97.')],
  ['a persistent id', latin1('\x80\x02U\x01aQ.')],
  ['an extension', latin1('\x80\x02\x82\x01.')],
  ['protocol 9', latin1('\x80\x09N.')],
  ['nothing on the stack', latin1('a.')],
  ['a mark that was never set', latin1('t.')],
  ['cut short', latin1('\x80\x04\x95')],
  ['a line without end', latin1(`c${'a'.repeat(3_000_000)}`)],
];

test.each(attacks)('%s: an error within 256 MB', (_, bytes) => {
  const before = process.memoryUsage().rss;
  let error: unknown;
  try {
    readPickle(bytes);
  } catch (caught) {
    error = caught;
  }
  expect(isInvalidInput(error)).toBe(true);
  expect(process.memoryUsage().rss - before).toBeLessThan(256 * 2 ** 20);
});

test('lists that double are no checkpoint, and end at once', () => {
  expect(() => readWeights(doubling(60))).toThrow(/parameters|arrays/);
});

test('dicts of a thousand keys within each other, each the same, end at once', () => {
  const keys = (inner: string) =>
    `}(${Array.from({ length: 250 }, (_, at) => `U\x03${String(at).padStart(3, '0')}${inner}`).join('')}u`;
  const levels = Array.from(
    { length: 12 },
    (_, level) =>
      `${keys(level === 0 ? 'N' : `h${String.fromCharCode(level - 1)}`)}q${String.fromCharCode(level)}0`,
  );
  expect(() => readWeights(latin1(`${levels.join('')}h\x0b.`))).toThrow(/parameters must be at most/);
});

test('os.system is a name', () => {
  const mark = '/tmp/m3ae-pickle-was-run';
  rmSync(mark, { force: true });
  const bytes = latin1(`cos\nsystem\n(S'touch ${mark}'\ntR.`);
  expect(readPickle(bytes).value).toMatchObject({ type: 'stub', name: 'os.system', args: [`touch ${mark}`] });
  expect(() => readWeights(bytes)).toThrow(/os\.system/);
  expect(existsSync(mark)).toBe(false);
});

test('every cut of a checkpoint is an error that says so', () => {
  const cases = JSON.parse(readFileSync(new URL('fixtures/pickles.json', import.meta.url), 'utf8')) as {
    base64: string;
  }[];
  const all = fc.constantFrom(...cases.map(({ base64 }) => Buffer.from(base64, 'base64')));
  fc.assert(
    fc.property(all, fc.nat(), (bytes, cut) => {
      const length = cut % bytes.length;
      expect(() => readPickle(bytes.subarray(0, length))).toThrow(/byte|must be/);
    }),
  );
});
