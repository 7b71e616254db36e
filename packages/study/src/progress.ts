import { duration, pluralize } from '@m3ae/errors';
import type { Output } from '@m3ae/logging';
import type { JobProgress } from './experiment.js';
import type { StudyJob, StudyPlan } from './plan.js';
import type { JobEnd, StudyEnd, StudyEvent, StudyStatus } from './run-study.js';

/** Where a study tells how it goes. */
export interface StudyProgress {
  /** A sentence for the user. */
  say(text: string): void;
  /** A fact that a program may read. */
  fact(name: string, value: unknown): void;
  /** Of the jobs at work. */
  event(event: StudyEvent, status: () => StudyStatus): void;
  /** Ends the bar. */
  close(): void;
}

/** Options of {@link createStudyProgress}. */
export interface StudyProgressOptions {
  readonly quiet?: boolean;
  readonly json?: boolean;
  readonly output: Output;
  /** Seconds, from any origin. */
  readonly clock: () => number;
  /** The file that holds all that a job wrote. */
  readonly logOf: (job: StudyJob) => string;
  /** What runs are called. Default `run`. */
  readonly runName?: string;
}

interface Line {
  readonly began: number;
  progress?: JobProgress;
}

function statusText({ done, total, secondsLeft }: StudyStatus): string {
  return `${done} of ${pluralize(total, 'part')}${secondsLeft === undefined ? '' : `, about ${duration(secondsLeft)} left`}`;
}

function lineText({ name }: StudyJob, { began, progress }: Line, now: number): string {
  if (progress === undefined) return `${name}  ${duration(now - began)}`;
  const { step, total, stepsPerSecond } = progress;
  const left =
    stepsPerSecond > 0
      ? `  ${stepsPerSecond.toFixed(1)} steps/s  ${duration((total - step) / stepsPerSecond)} left`
      : '';
  return `${name}  ${step} of ${total}${left}`;
}

const againText = ({ name }: StudyJob) =>
  `${name} is done again: it is to be evaluated, and what it left is no longer there.`;

function endText(job: StudyJob, end: JobEnd, logOf: (job: StudyJob) => string): string {
  if (end.state === 'done') return `${job.name}: done in ${duration(end.seconds)}`;
  if (end.state === 'interrupted') return `${job.name}: stopped`;
  const last = end.reason.trim().split('\n').slice(-3).join('\n    ');
  return `${job.name}: failed\n    ${last}\n    All it wrote: ${logOf(job)}`;
}

function jsonProgress({ output, runName = 'run' }: StudyProgressOptions): StudyProgress {
  const write = (event: object) => void output.write(`${JSON.stringify(event)}\n`);
  return {
    say: (text) => write({ event: 'message', text }),
    fact: (name, value) => write({ event: 'fact', name, value }),
    event(event, status) {
      const { name, hash, kind } = event.job;
      const about = { event: event.event, part: name };
      if (event.event === 'again') write({ event: 'message', text: againText(event.job) });
      if (event.event === 'begin') write({ ...about, kind: kind === 'run' ? runName : kind, hash });
      if (event.event === 'step') {
        const { step, total, stepsPerSecond } = event.progress;
        write({ ...about, step, total, stepsPerSecond });
      }
      if (event.event === 'end') {
        const { end } = event;
        const reason = end.state === 'failed' ? { reason: end.reason } : {};
        write({ ...about, hash, state: end.state, ...reason, ...status() });
      }
    },
    close: () => {},
  };
}

/** Lines that are drawn again on a terminal, at most four times a second; elsewhere plain lines, one a minute and job. */
function textProgress({ output, clock, logOf }: StudyProgressOptions): StudyProgress {
  const lines = new Map<StudyJob, Line & { told: number }>();
  let drawn = 0;
  let last = -Infinity;
  const clear = () => {
    if (drawn > 0) output.write(`\u001b[${drawn}F\u001b[J`);
    drawn = 0;
  };
  const draw = (status: () => StudyStatus) => {
    clear();
    const width = (output.columns || 100) - 1;
    const texts = [...lines].map(([job, line]) => `  ${lineText(job, line, clock())}`);
    texts.push(statusText(status()));
    output.write(texts.map((text) => `${text.slice(0, width)}\n`).join(''));
    drawn = texts.length;
    last = clock();
  };
  const say = (text: string) => {
    clear();
    output.write(`${text}\n`);
  };
  return {
    say,
    fact: () => {},
    event(event, status) {
      const { job } = event;
      const line = lines.get(job);
      if (event.event === 'again') say(againText(job));
      if (event.event === 'begin') {
        lines.set(job, { began: clock(), told: clock() });
        if (!output.isTTY) say(`${job.name}: begins`);
      }
      if (event.event === 'step' && line !== undefined) {
        line.progress = event.progress;
        if (!output.isTTY && clock() - line.told >= 60) {
          line.told = clock();
          say(lineText(job, line, clock()));
        }
      }
      if (event.event === 'end') {
        lines.delete(job);
        const text = endText(job, event.end, logOf);
        say(output.isTTY ? text : `${text} (${statusText(status())})`);
      }
      const due = event.event !== 'step' || clock() - last >= 0.25;
      if (output.isTTY && due && lines.size > 0) draw(status);
    },
    close: clear,
  };
}

/** Lines that are drawn again on a terminal, plain ones elsewhere, JSON or nothing where asked for. */
export function createStudyProgress(options: StudyProgressOptions): StudyProgress {
  if (options.json) return jsonProgress(options);
  if (options.quiet) return { say: () => {}, fact: () => {}, event: () => {}, close: () => {} };
  return textProgress(options);
}

/**
 * Which jobs of a study failed, in lines for a person; nothing where none did.
 *
 * @param logOf - The file that holds all that a job wrote.
 */
export function failureText(
  { failed, left }: StudyEnd,
  { jobs }: StudyPlan,
  logOf: (job: StudyJob) => string,
): string | undefined {
  if (failed.length === 0) return undefined;
  const lines = failed.map((job) => `  ${job.name}: see ${logOf(job)}`).join('\n');
  const waiting =
    left.length === 0 ? '' : `\n${pluralize(left.length, 'part waits', 'parts wait')} for them.`;
  return `${failed.length} of ${pluralize(jobs.length, 'part')} failed; the same command tries them again:\n${lines}${waiting}`;
}
