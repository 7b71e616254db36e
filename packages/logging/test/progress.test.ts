import { expect, onTestFinished, test, vi } from 'vitest';
import { duration } from '@m3ae/errors';
import { createProgress } from '@m3ae/logging';
import { faultsOf } from '../../errors/test/faults-of.js';
import { nativeErrors } from '../../errors/test/wrong-arguments.js';

/** Runs a progress with a clock of one second a step. */
function written({
  isTTY = false,
  ...options
}: {
  isTTY?: boolean;
  quiet?: boolean;
  json?: boolean;
}): string {
  let text = '';
  let time = 0;
  const progress = createProgress({
    ...options,
    output: { isTTY, columns: 100, write: (part) => (text += part) },
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

/** What is told of a part whose pieces take some seconds each, by the clock of each line. */
function toldAt(options: { json?: boolean }, secondsEach: number, total: number): [number, string][] {
  const told: [number, string][] = [];
  let time = 0;
  const progress = createProgress({
    ...options,
    output: { write: (line) => told.push([time, line]) },
    clock: () => time,
  });
  for (let done = 1; done <= total; done++, time += secondsEach) progress.part('step 1', done, total);
  return told;
}

test.each([
  ['plain', {}, [1, 10, 19, 25, 34]],
  ['JSON', { json: true }, [1, 10, 19, 20, 29]],
])('%s lines of a part that takes long come at least once a minute', (_kind, options, dones) => {
  const told = toldAt(options, 7, 100);
  expect(told.slice(0, 5).map(([time]) => time)).toEqual(dones.map((done) => 7 * (done - 1)));
  const pauses = told.slice(1).map(([time], at) => time - told[at]![0]);
  expect(Math.max(...pauses)).toBeLessThan(60 + 7);
});

test('a line of the minute tells the rate and the time that is left, as those of quarters do', () => {
  expect(toldAt({}, 7, 256)[1]).toEqual([63, 'step 1: 10 of 256, 0.1/s, 28 min 42 s left\n']);
});

test('a part that takes seconds is told at its beginning and its quarters', () => {
  expect(toldAt({}, 0.5, 100).map(([time]) => time)).toEqual([0, 12, 24.5, 37, 49.5]);
});

test('options of a wrong kind are refused by name', () => {
  const right = { output: { write: () => {} }, clock: () => 0 };
  expect(() => createProgress(right)).not.toThrow();
  expect(nativeErrors(createProgress, [right])).toEqual([]);
  const wrong = { quite: true, output: 'stdout', clock: 5 };
  expect(faultsOf(() => createProgress(wrong as never)).map(({ path }) => path)).toEqual([
    'quite',
    'output',
    'clock',
  ]);
});

test('without options it tells lines on standard output, in real time', () => {
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  onTestFinished(() => write.mockRestore());
  createProgress({ json: true }).say('begun');
  expect(write.mock.calls).toEqual([['{"event":"message","text":"begun"}\n']]);
});
