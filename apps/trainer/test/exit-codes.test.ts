import { expect, onTestFinished, test, vi } from 'vitest';
import { unusable } from '@m3ae/errors';
import { exitCodeOf, printError } from '../src/console.js';

function printed(error: unknown): string[] {
  const write = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => write.mockRestore());
  printError(error);
  const lines = write.mock.calls.map(([line]) => String(line));
  write.mockRestore();
  return lines;
}

test('a list of faults ends after 20 and counts the others', () => {
  const faults = Array.from({ length: 100_002 }, (_, i) => `captions.csv:${i + 2} is wrong.`);
  const error = unusable(faults);
  const lines = printed(error);
  expect(lines).toHaveLength(22);
  expect(lines[0]).toBe('100,002 faults:');
  expect(lines[20]).toContain('captions.csv:21 is wrong.');
  expect(lines[21]).toContain('99,982');
  expect(error.message.split('\n')).toHaveLength(21);
  expect([error.faults.length, exitCodeOf(error)]).toEqual([100_002, 2]);
});

test('one fault stands alone, and twenty are all shown', () => {
  expect(printed(unusable(['x must be y.']))).toEqual(['x must be y.']);
  const twenty = Array.from({ length: 20 }, (_, i) => `fault ${i}`);
  expect(printed(unusable(twenty))).toEqual(['20 faults:', ...twenty.map((fault) => `  - ${fault}`)]);
});
