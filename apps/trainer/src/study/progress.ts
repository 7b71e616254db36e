import { pluralize } from '@m3ae/errors';
import { duration, type Output } from '../run/progress.js';
import type { StudyPart } from './plan.js';
import type { Outcome, StepReport } from './run-part.js';

/** Where a study tells how it goes. */
export interface StudyProgress {
  /** A sentence for the user. */
  say(text: string): void;
  /** A fact that a program may read. */
  fact(name: string, value: unknown): void;
  begin(part: StudyPart): void;
  step(part: StudyPart, report: StepReport): void;
  end(part: StudyPart, outcome: Outcome): void;
  close(): void;
}

/** Options of {@link createStudyProgress}. */
export interface StudyProgressOptions {
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly output: Output;
  /** Seconds, from any origin. */
  readonly clock: () => number;
  /** How many parts are done, of how many, and the seconds left where they can be told. */
  readonly standing: () => { readonly done: number; readonly total: number; readonly secondsLeft?: number };
}

interface Line {
  readonly began: number;
  report?: StepReport;
}

function standingText({ standing }: StudyProgressOptions): string {
  const { done, total, secondsLeft } = standing();
  return `${done} of ${pluralize(total, 'part')}${secondsLeft === undefined ? '' : `, about ${duration(secondsLeft)} left`}`;
}

function lineText(part: StudyPart, { began, report }: Line, now: number): string {
  if (report === undefined) return `${part.name}  ${duration(now - began)}`;
  const { step, total, stepsPerSecond } = report;
  const left =
    stepsPerSecond > 0
      ? `  ${stepsPerSecond.toFixed(1)} steps/s  ${duration((total - step) / stepsPerSecond)} left`
      : '';
  return `${part.name}  ${step} of ${total}${left}`;
}

function endText(part: StudyPart, outcome: Outcome): string {
  if (outcome.state === 'done') return `${part.name}: done in ${duration(outcome.record.seconds)}`;
  if (outcome.state === 'interrupted') return `${part.name}: stopped`;
  const last = outcome.reason.trim().split('\n').slice(-3).join('\n    ');
  return `${part.name}: failed\n    ${last}\n    All it wrote: ${outcome.log}`;
}

function jsonProgress(options: StudyProgressOptions): StudyProgress {
  const write = (event: object) => void options.output.write(`${JSON.stringify(event)}\n`);
  return {
    say: (text) => write({ event: 'message', text }),
    fact: (name, value) => write({ event: 'fact', name, value }),
    begin: ({ name, hash, kind }) => write({ event: 'begin', part: name, kind, hash }),
    step: ({ name }, { step, total, stepsPerSecond }) =>
      write({ event: 'step', part: name, step, total, stepsPerSecond }),
    end: ({ name, hash }, outcome) =>
      write({
        event: 'end',
        part: name,
        hash,
        state: outcome.state,
        ...(outcome.state === 'failed' && { reason: outcome.reason }),
        ...options.standing(),
      }),
    close: () => {},
  };
}

/** Plain lines, for logs: one a minute and part, and one at each end. */
function plainProgress(options: StudyProgressOptions): StudyProgress {
  const { output, clock } = options;
  const write = (text: string) => void output.write(`${text}\n`);
  const lines = new Map<string, Line & { told: number }>();
  return {
    say: write,
    fact: () => {},
    begin: ({ name, hash }) => {
      lines.set(hash, { began: clock(), told: clock() });
      write(`${name}: begins`);
    },
    step(part, report) {
      const line = lines.get(part.hash);
      if (line === undefined || clock() - line.told < 60) return;
      line.told = clock();
      write(lineText(part, { ...line, report }, clock()));
    },
    end(part, outcome) {
      lines.delete(part.hash);
      write(`${endText(part, outcome)} (${standingText(options)})`);
    },
    close: () => {},
  };
}

/** A line for each part at work and one for the whole, drawn again at most four times a second. */
function terminalProgress(options: StudyProgressOptions): StudyProgress {
  const { output, clock } = options;
  const lines = new Map<StudyPart, Line>();
  let drawn = 0;
  let last = -Infinity;
  const clear = () => {
    if (drawn > 0) output.write(`\u001b[${drawn}F\u001b[J`);
    drawn = 0;
  };
  const draw = () => {
    clear();
    const width = (output.columns ?? 100) - 1;
    const texts = [...lines].map(([part, line]) => `  ${lineText(part, line, clock())}`);
    texts.push(standingText(options));
    output.write(texts.map((text) => `${text.slice(0, width)}\n`).join(''));
    drawn = texts.length;
    last = clock();
  };
  const above = (text: string) => {
    clear();
    output.write(`${text}\n`);
    if (lines.size > 0) draw();
  };
  return {
    say: above,
    fact: () => {},
    begin(part) {
      lines.set(part, { began: clock() });
      draw();
    },
    step(part, report) {
      const line = lines.get(part);
      if (line !== undefined) line.report = report;
      if (clock() - last >= 0.25) draw();
    },
    end(part, outcome) {
      lines.delete(part);
      above(endText(part, outcome));
    },
    close: clear,
  };
}

/** Lines that are drawn again on a terminal, plain ones elsewhere, JSON or nothing where asked for. */
export function createStudyProgress(options: StudyProgressOptions): StudyProgress {
  if (options.json) return jsonProgress(options);
  if (options.quiet) {
    return { say: () => {}, fact: () => {}, begin: () => {}, step: () => {}, end: () => {}, close: () => {} };
  }
  return options.output.isTTY ? terminalProgress(options) : plainProgress(options);
}
