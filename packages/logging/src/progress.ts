import { duration, isRecord } from '@m3ae/errors';
import { callback, checkOptions, flag, matching, optional, record } from '@m3ae/errors/rules';
import type { MetricsLine } from './line-file.js';
import { createPartDue, createRate, lossesOf, partRate } from './progress-figures.js';

/** Seconds since 1970; only for what people read, never for what is computed. */
export function wallClock(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

/** Where a run tells how it goes. */
export interface Progress {
  /** A sentence for the user. */
  say(text: string): void;
  /** A part of the work outside training, e.g. drawing pictures. */
  part(name: string, done: number, total: number): void;
  /** After every step. */
  step(line: MetricsLine, total: number): void;
  /** A fact that a program may read: the report's path, the final figures. */
  fact(name: string, value: unknown): void;
  /** Ends the line of a progress bar. */
  end(): void;
}

/** What a {@link Progress} writes to; `process.stdout` in the command. */
export interface Output {
  readonly isTTY?: boolean;
  /** Of the terminal; some that do not know say 0. Default 100. */
  readonly columns?: number;
  /** Takes a text; what it returns is not looked at. */
  write(text: string): unknown;
}

/** Options of {@link createProgress}. */
export interface ProgressOptions {
  readonly quiet?: boolean;
  readonly json?: boolean;
  /** Default: standard output. */
  readonly output?: Output;
  /** Seconds, from any origin. Default: those since the process began. */
  readonly clock?: () => number;
}

type Place = Required<Pick<ProgressOptions, 'output' | 'clock'>>;

function bar(share: number, width: number): string {
  const full = Math.round(share * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

function jsonProgress({ output, clock }: Place): Progress {
  const write = (event: object) => void output.write(`${JSON.stringify(event)}\n`);
  const rate = createRate(clock);
  const due = createPartDue(clock, 10);
  return {
    say: (text) => write({ event: 'message', text }),
    part(name, done, total) {
      if (due(name, done, total)) write({ event: 'part', name, done, total });
    },
    step: (line, total) =>
      write({ event: 'step', total, stepsPerSecond: Number(rate(line.step).toPrecision(4)), ...line }),
    fact: (name, value) => write({ event: 'fact', name, value }),
    end: () => {},
  };
}

/** Plain lines, for logs: one every few seconds. */
function plainProgress({ output, clock }: Place): Progress {
  const write = (text: string) => void output.write(`${text}\n`);
  const rate = createRate(clock);
  const ofPart = createRate(clock);
  const due = createPartDue(clock, 4);
  let lastTime = -Infinity;
  return {
    say: write,
    part(name, done, total) {
      const perSecond = ofPart(done);
      if (due(name, done, total)) write(`${name}: ${done} of ${total}${partRate(perSecond, done, total)}`);
    },
    step(line, total) {
      const perSecond = rate(line.step);
      if (clock() - lastTime < 5 && line.step !== total) return;
      lastTime = clock();
      const left =
        perSecond > 0
          ? `, ${perSecond.toFixed(2)} steps/s, ${duration((total - line.step) / perSecond)} left`
          : '';
      write(`step ${line.step} of ${total}: ${lossesOf(line)}${left}`);
    },
    fact: () => {},
    end: () => {},
  };
}

/** One line that is drawn again and again, at most ten times a second. */
function terminalProgress({ output, clock }: Place): Progress {
  const rate = createRate(clock);
  const ofPart = createRate(clock);
  let drawn = false;
  let lastTime = -Infinity;
  const clear = () => {
    if (drawn) output.write('\r\u001b[2K');
    drawn = false;
  };
  const draw = (text: string) => {
    output.write(`\r\u001b[2K${text.slice(0, (output.columns || 100) - 1)}`);
    drawn = true;
  };
  const due = (last: boolean) => {
    if (!last && clock() - lastTime < 0.1) return false;
    lastTime = clock();
    return true;
  };
  return {
    say(text) {
      clear();
      output.write(`${text}\n`);
    },
    part(name, done, total) {
      const perSecond = ofPart(done);
      if (due(done === total))
        draw(`${name} ${bar(done / total, 24)} ${done}/${total}${partRate(perSecond, done, total)}`);
      if (done === total) clear();
    },
    step(line, total) {
      const perSecond = rate(line.step);
      if (!due(line.step === total)) return;
      const left =
        perSecond > 0 ? `${perSecond.toFixed(1)}/s  ${duration((total - line.step) / perSecond)} left` : '';
      draw(`${bar(line.step / total, 20)} ${line.step}/${total}  ${left}  ${lossesOf(line)}`);
    },
    fact: () => {},
    end() {
      if (drawn) output.write('\n');
      drawn = false;
    },
  };
}

const optionsRule = record({
  quiet: optional(flag('Leave it out to be told.')),
  json: optional(flag('Leave it out for lines that a person reads.')),
  output: optional(
    matching<Output | undefined>(
      'something to write to',
      (value) => isRecord(value) && typeof value.write === 'function',
      'Pass e.g. process.stdout.',
      undefined,
    ),
  ),
  clock: optional(
    callback('a function that gives seconds', 'Pass e.g. () => performance.now() / 1000.', () => 0),
  ),
});

/**
 * A progress bar on a terminal, plain lines elsewhere, JSON lines or nothing where asked for.
 *
 * @throws InvalidInput if an option is unknown or of a wrong kind.
 */
export function createProgress(options: ProgressOptions = {}): Progress {
  checkOptions(optionsRule, options);
  const { quiet, json, output = process.stdout, clock = () => performance.now() / 1000 } = options;
  const place = { output, clock };
  if (json) return jsonProgress(place);
  if (quiet) return { say: () => {}, part: () => {}, step: () => {}, fact: () => {}, end: () => {} };
  return output.isTTY ? terminalProgress(place) : plainProgress(place);
}
