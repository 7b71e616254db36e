import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commandLine, logCommand, readCommands } from '@m3ae/runs';

/** What a shell makes of a command line: the words that the program gets. */
function wordsOf(line: string): string[] {
  const printed = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' });
  return printed.split('\0').slice(0, -1);
}

test('a shell reads every word of a command line as it was given', () => {
  const word = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(word, fc.array(word, { maxLength: 3 }), (out, set) => {
      const words = [
        'npx',
        '@m3ae/trainer',
        'pretrain',
        'my run.ts',
        ...set.flatMap((one) => ['--set', one]),
      ];
      expect(wordsOf(commandLine(words.slice(0, 4), { set, out, seed: undefined, resume: true }))).toEqual([
        ...words,
        '--out',
        out,
        '--resume',
      ]);
    }),
    { numRuns: 50 },
  );
});

test('a run keeps each command line that trained it, with its time and place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-commands-'));
  expect(readCommands(folder)).toEqual([]);
  logCommand(folder, { command: 'first', commit: null, began: Date.UTC(2026, 0, 31, 12) / 1000 });
  logCommand(folder, { command: 'second', commit: '0123456789+', began: Date.UTC(2026, 1, 1) / 1000 });
  const common = { folder: process.cwd() };
  expect(readCommands(folder)).toEqual([
    { command: 'first', date: '2026-01-31T12:00:00Z', commit: null, ...common },
    { command: 'second', date: '2026-02-01T00:00:00Z', commit: '0123456789+', ...common },
  ]);
  writeFileSync(
    join(folder, 'commands.json'),
    readFileSync(join(folder, 'commands.json'), 'utf8').slice(0, 20),
  );
  expect(readCommands(folder)).toEqual([]); // cut short: the report goes without
  rmSync(folder, { recursive: true });
});
