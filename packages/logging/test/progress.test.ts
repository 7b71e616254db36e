import { expect, test } from 'vitest';
import { duration } from '@m3ae/errors';
import { createProgress } from '@m3ae/logging';

/** Runs a progress with a clock of one second a step. */
function written(options: { isTTY?: boolean; quiet?: boolean; json?: boolean }): string {
  let text = '';
  let time = 0;
  const progress = createProgress({
    ...options,
    output: { isTTY: options.isTTY ?? false, columns: 100, write: (part) => (text += part) },
    clock: () => time,
  });
  progress.say('Hello.');
  for (let step = 1; step <= 12; step++) {
    time++;
    progress.step({ step, epoch: 0, loss: 2, imageLoss: 1, textLoss: 3 }, 12);
  }
  progress.fact('report', 'r.html');
  progress.end();
  return text;
}

test('plain lines come every few seconds and at the end', () => {
  const lines = written({}).trim().split('\n');
  expect(lines[0]).toBe('Hello.');
  expect(lines[1]).toBe('step 1 of 12: loss 2.000  picture 1.000  text 3.000');
  expect(lines[2]).toBe('step 6 of 12: loss 2.000  picture 1.000  text 3.000, 1.00 steps/s, 6 s left');
  expect(lines.at(-1)).toContain('step 12 of 12');
  expect(lines).toHaveLength(5);
});

test('a terminal gets one line that is drawn again', () => {
  const text = written({ isTTY: true });
  expect(text).toContain('\r\u001b[2K████');
  expect(text).toContain('6/12  1.0/s  6 s left');
  expect(text.split('\n')).toHaveLength(3);
});

test('JSON lines can be read by a program', () => {
  const events = written({ json: true })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(events[0]).toEqual({ event: 'message', text: 'Hello.' });
  expect(events[6]).toMatchObject({ event: 'step', step: 6, total: 12, loss: 2, stepsPerSecond: 1 });
  expect(events.at(-1)).toEqual({ event: 'fact', name: 'report', value: 'r.html' });
});

test('quiet prints nothing', () => {
  expect(written({ quiet: true })).toBe('');
});

test.each([
  [0, '0 s'],
  [59.4, '59 s'],
  [61, '1 min 01 s'],
  [3725, '1 h 02 min'],
])('%d seconds read as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
