import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLineFile, readLines } from '../src/line-file.js';

test('lines later than the checkpoint, and one cut short, are dropped on resume', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'lines-')), 'metrics.jsonl');
  const first = openLineFile(path, 0);
  for (const step of [10, 20, 30]) first.append({ step, loss: 1 / step });
  first.close();
  appendFileSync(path, '{"step":40,"lo');
  expect(readLines(path).map(({ step }) => step)).toEqual([10, 20, 30]);

  const resumed = openLineFile(path, 20);
  resumed.append({ step: 30, loss: null });
  resumed.close();
  expect(readFileSync(path, 'utf8')).toBe(
    '{"step":10,"loss":0.1}\n{"step":20,"loss":0.05}\n{"step":30,"loss":null}\n',
  );
});

test('a file that does not exist has no lines', () => {
  expect(readLines('/nowhere/metrics.jsonl')).toEqual([]);
});

test('a damaged line is told once, with its place', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'lines-')), 'metrics.jsonl');
  appendFileSync(path, '{"step":1}\n{"loss":2}\n');
  expect(() => readLines(path)).toThrow(`${path}, line 2, has no step. Remove the damaged line.`);
});
