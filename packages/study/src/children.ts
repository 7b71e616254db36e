import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  hasEnded,
  identityOf,
  type ProcessIdentity,
  readWholeJson,
  writeWholeJson,
} from '@m3ae/checkpoint/files';
import { isRecord } from '@m3ae/errors';
import type { JobContext, JobProgress, JobResult, JobRunner } from './experiment.js';
import type { StudyJob } from './plan.js';

/** What a child process is started with. */
export interface ChildOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** File that its standard error is appended to. */
  readonly log: string;
  /** Each line of its standard output. */
  readonly onLine: (line: string) => void;
  /** Aborted, it asks the child to save and end. */
  readonly signal: AbortSignal;
}

/** The processes of a study. */
export interface Children {
  /**
   * Runs a child to its end.
   *
   * @throws Error with the last lines that it wrote on its standard error, if it ended with another code than 0.
   */
  run(options: ChildOptions): Promise<void>;
  /**
   * Ends processes that a killed study left running, so that none of them still holds a run folder. Only a process that is
   * surely the same one (number and start time) is touched.
   *
   * @param patience - Seconds they have to save.
   * @returns How many there were.
   */
  endLeftovers(patience?: number): Promise<number>;
  /** Ends every child at once. */
  killAll(): void;
}

const lastLines = 12;

function tell(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, signal);
  } catch {
    // it has ended meanwhile
  }
}

function notedIn(file: string): ProcessIdentity[] {
  const noted = readWholeJson(file);
  return Array.isArray(noted) ? noted : []; // written by createChildren
}

/**
 * Starts children in process groups of their own, so that Ctrl-C in the terminal reaches only the study, which then tells
 * them in order.
 *
 * @param file - Where it is written which of them live, for the case that the study is killed.
 */
export function createChildren(file: string): Children {
  const living = new Set<number>();
  const note = () => writeWholeJson(file, [...living].map(identityOf));
  return {
    async run({ command, log, onLine, signal }) {
      const [program, ...args] = command;
      const head = `$ ${command.join(' ')}\n`;
      const descriptor = openSync(log, 'a');
      writeSync(descriptor, head);
      // It writes to the file itself: a full disk is then its trouble, and not that of the study and the other children.
      const child = spawn(program!, args, { detached: true, stdio: ['ignore', 'pipe', descriptor] });
      closeSync(descriptor);
      const { pid } = child;
      const stop = () => tell(pid, 'SIGTERM');
      if (pid !== undefined) living.add(pid);
      note();
      signal.addEventListener('abort', stop);
      createInterface({ input: child.stdout! }).on('line', onLine);
      const end = await new Promise<number | NodeJS.Signals | null | Error>((resolve) => {
        child.on('error', resolve);
        child.on('close', (status, by) => resolve(by ?? status));
      });
      signal.removeEventListener('abort', stop);
      living.delete(pid!);
      note();
      if (end instanceof Error) throw end;
      if (end === 0) return;
      const written = readFileSync(log, 'utf8');
      const tail = written
        .slice(written.lastIndexOf(head) + head.length)
        .trimEnd()
        .split('\n');
      throw new Error(tail.slice(-lastLines).join('\n') || `it ended with ${end}`);
    },
    async endLeftovers(patience = 30) {
      const left = notedIn(file).filter(
        (one) => one.started !== null && one.host === identityOf(process.pid).host && !hasEnded(one),
      );
      left.forEach(({ pid }) => tell(pid, 'SIGTERM'));
      for (let waited = 0; waited < patience && left.some((one) => !hasEnded(one)); waited += 0.1)
        await sleep(100);
      left.filter((one) => !hasEnded(one)).forEach(({ pid }) => tell(pid, 'SIGKILL'));
      note();
      return left.length;
    },
    killAll: () => living.forEach((pid) => tell(pid, 'SIGKILL')),
  };
}

/** A line that a job prints as JSON: `{ event: 'step', step, total, stepsPerSecond }`, or anything else. */
export type PrintedLine = Readonly<Record<string, unknown>>;

/** A line as an object; nothing for what is none, e.g. a warning of a library. */
function printedOf(line: string): PrintedLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function progressOf({ event, step, total, stepsPerSecond }: PrintedLine): JobProgress | undefined {
  if (event !== 'step' || typeof step !== 'number' || typeof total !== 'number') return undefined;
  return { step, total, stepsPerSecond: typeof stepsPerSecond === 'number' ? stepsPerSecond : 0 };
}

/** How jobs are done by a program. */
export interface ProgramJobs {
  /** Program and arguments that do a job; it goes on where it was stopped, and prints JSON lines. */
  commandOf(job: StudyJob, context: JobContext): readonly string[];
  /**
   * What a job has found out, once its process has ended well.
   *
   * @param printed - The last line with `results`.
   */
  resultOf(job: StudyJob, context: JobContext, printed: PrintedLine | undefined): JobResult;
}

/** Does each job as a process of its own, and tells the progress that it prints. */
export function programRunner({ commandOf, resultOf }: ProgramJobs, children: Children): JobRunner {
  return async (job, context) => {
    let printed: PrintedLine | undefined;
    const onLine = (line: string) => {
      const value = printedOf(line);
      const progress = value && progressOf(value);
      if (progress) context.onProgress(progress);
      if (value?.results !== undefined) printed = value;
    };
    const { stem, signal } = context;
    await children.run({ command: commandOf(job, context), log: `${stem}.log`, onLine, signal });
    return resultOf(job, context, printed);
  };
}
