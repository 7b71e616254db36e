import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
