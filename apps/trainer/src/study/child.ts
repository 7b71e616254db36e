import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** How a child process ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines it wrote on its standard error. */
  readonly lastWords: string;
}

/** A running child process. */
export interface Child {
  readonly pid: number;
  readonly ended: Promise<ChildEnd>;
  /** Asks it to save and end. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
}

/** What {@link startChild} needs. */
export interface ChildOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** File that its standard error is appended to. */
  readonly log: string;
  /** Each line of its standard output. */
  readonly onLine: (line: string) => void;
}

const lastLines = 12;

/**
 * Starts a child in a process group of its own, so that Ctrl-C in the terminal reaches only the study, which
 * then tells its children in order.
 */
export function startChild({ command, log, onLine }: ChildOptions): Child {
  const [program, ...args] = command;
  const child = spawn(program!, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const file = openSync(log, 'a');
  const tail: string[] = [];
  writeSync(file, `$ ${command.join(' ')}\n`);
  createInterface({ input: child.stdout }).on('line', onLine);
  createInterface({ input: child.stderr }).on('line', (line) => {
    writeSync(file, `${line}\n`);
    tail.push(line);
    if (tail.length > lastLines) tail.shift();
  });
  const ended = new Promise<ChildEnd>((resolve) => {
    child.on('error', (error) => {
      tail.push(error.message);
      resolve({ code: null, signal: null, lastWords: tail.join('\n') });
    });
    child.on('close', (code, signal) => {
      closeSync(file);
      resolve({ code, signal, lastWords: tail.join('\n') });
    });
  });
  const tell = (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  };
  return { pid: child.pid ?? 0, ended, stop: () => tell('SIGTERM'), kill: () => tell('SIGKILL') };
}
