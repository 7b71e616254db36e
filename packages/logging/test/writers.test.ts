import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { jsonLines, readLines, tensorBoard } from '../src/index.js';

const place = () => join(mkdtempSync(join(tmpdir(), 'writers-')), 'not', 'there', 'yet');

test('lines of a training that goes on are those of one that was not stopped', () => {
  const [whole, stopped] = [join(place(), 'metrics.jsonl'), join(place(), 'metrics.jsonl')];
  const values = (step: number) => ({ loss: step === 3 ? NaN : 1 / step });
  const log = (path: string, from: number, to: number) => {
    const writer = jsonLines(path, from);
    for (let step = from + 1; step <= to; step++) writer.write(step, values(step));
    writer.close();
  };
  log(whole, 0, 6);
  log(stopped, 0, 5);
  log(stopped, 2, 6);
  expect(readFileSync(stopped, 'utf8')).toBe(readFileSync(whole, 'utf8'));
  expect(readLines(whole).map(({ loss }) => loss)).toEqual([1, 1 / 2, null, 1 / 4, 1 / 5, 1 / 6]);
  log(whole, 0, 1);
  expect(readLines(whole)).toEqual([{ step: 1, loss: 1 }]);
});

test('a training that goes on adds an event file, and its times are those of the clock', () => {
  const folder = place();
  for (const from of [0, 4]) {
    const writer = tensorBoard(folder, from, () => 1.7e9 + from);
    writer.write(from + 1, { loss: 1 });
    writer.close();
  }
  const names = readdirSync(folder).sort();
  expect(names.map((name) => name.split('.').slice(2, 4).join('.'))).toEqual([
    'tfevents.1700000000',
    'tfevents.1700000004',
  ]);
  // The first event of a record begins after 12 bytes of header: its field 1 is the time, a double.
  const bytes = readFileSync(join(folder, names[1]!));
  expect(bytes.readDoubleLE(13)).toBe(1700000004);
});

const writers = [
  ['jsonLines', 'path', jsonLines],
  ['tensorBoard', 'folder', tensorBoard],
] as const;

test.each(writers)('%s refuses arguments of a wrong kind by name', (_, name, open) => {
  for (const wrong of [undefined, null, 5, {}, ['a'], ''])
    expect(faultsOf(() => open(wrong as never))).toMatchObject([{ path: name }]);
  for (const wrong of [null, -1, 1.5, '5', NaN, {}])
    expect(faultsOf(() => open(join(place(), 'log'), wrong as never))).toMatchObject([{ path: 'startStep' }]);
  expect(faultsOf(() => tensorBoard(place(), 0, 5 as never))).toMatchObject([{ path: 'clock' }]);
});

test.each(writers)('what %s is to write is told by name where it is no metric', (_, __, open) => {
  const log = open(join(place(), 'log'));
  const paths = (step: unknown, metrics: unknown) =>
    faultsOf(() => log.write(step as never, metrics as never)).map(({ path }) => path);
  for (const wrong of [undefined, null, 5, 'loss', [1]]) expect(paths(1, wrong)).toEqual(['metrics']);
  for (const wrong of [undefined, '1', -1, 0.5, {}]) expect(paths(wrong, { loss: 1 })).toEqual(['step']);
  expect(paths(1, { loss: '1.5', accuracy: undefined, norm: 1 })).toEqual([
    'metrics.loss',
    'metrics.accuracy',
  ]);
  log.write(1, { loss: NaN });
  log.close();
});
