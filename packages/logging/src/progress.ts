import { duration } from '@m3ae/errors';
import type { MetricsLine } from './line-file.js';

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
  readonly output: Output;
  /** Seconds, from any origin. */
  readonly clock: () => number;
}

const shown = ['loss', 'imageLoss', 'textLoss', 'unpairedTextLoss'] as const;
const shortNames = {
  loss: 'loss',
  imageLoss: 'picture',
  textLoss: 'text',
  unpairedTextLoss: 'text alone',
} as const;

function lossesOf(line: MetricsLine): string {
  const present = shown.filter((name) => typeof line[name] === 'number');
  return present.map((name) => `${shortNames[name]} ${(line[name] as number).toFixed(3)}`).join('  ');
}

/** Rate over the last steps, so that a slow start is soon forgotten. */
function createRate(clock: () => number): (step: number) => number {
  let times: { step: number; time: number }[] = [];
  return (step) => {
    if (times.length > 0 && step < times.at(-1)!.step) times = []; // another work
    times.push({ step, time: clock() });
    if (times.length > 50) times.shift();
    const first = times[0]!;
    const last = times.at(-1)!;
    return last.time > first.time ? (last.step - first.step) / (last.time - first.time) : 0;
  };
}

function bar(share: number, width: number): string {
  const full = Math.round(share * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** Rate of a part and what is left of it; nothing before both are known. */
function partRate(perSecond: number, done: number, total: number): string {
  if (perSecond === 0 || done >= total) return '';
  const digits = perSecond < 10 ? 1 : 0;
  return `, ${perSecond.toFixed(digits)}/s, ${duration((total - done) / perSecond)} left`;
}

function quietProgress(): Progress {
  return { say: () => {}, part: () => {}, step: () => {}, fact: () => {}, end: () => {} };
}

function jsonProgress({ output, clock }: ProgressOptions): Progress {
  const write = (event: object) => void output.write(`${JSON.stringify(event)}\n`);
  const rate = createRate(clock);
  let lastPart = '';
  return {
    say: (text) => write({ event: 'message', text }),
    part(name, done, total) {
      const mark = `${name} ${Math.floor((10 * done) / total)}`;
      if (mark !== lastPart) write({ event: 'part', name, done, total });
      lastPart = mark;
    },
    step: (line, total) =>
      write({ event: 'step', total, stepsPerSecond: Number(rate(line.step).toPrecision(4)), ...line }),
    fact: (name, value) => write({ event: 'fact', name, value }),
    end: () => {},
  };
}

/** Plain lines, for logs: one every few seconds. */
function plainProgress({ output, clock }: ProgressOptions): Progress {
  const write = (text: string) => void output.write(`${text}\n`);
  const rate = createRate(clock);
  const ofPart = createRate(clock);
  let lastTime = -Infinity;
  let lastPart = '';
  return {
    say: write,
    part(name, done, total) {
      const mark = `${name} ${Math.floor((4 * done) / total)}`;
      const perSecond = ofPart(done);
      if (mark !== lastPart) write(`${name}: ${done} of ${total}${partRate(perSecond, done, total)}`);
      lastPart = mark;
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
function terminalProgress({ output, clock }: ProgressOptions): Progress {
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

/** A progress bar on a terminal, plain lines elsewhere, JSON lines or nothing where asked for. */
export function createProgress(options: ProgressOptions): Progress {
  if (options.json) return jsonProgress(options);
  if (options.quiet) return quietProgress();
  return options.output.isTTY ? terminalProgress(options) : plainProgress(options);
}
