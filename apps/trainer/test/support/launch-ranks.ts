import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import {
  isAlive,
  launchers,
  type RankCodes,
  toldBy,
  watchExitCodes,
} from '../../../../packages/distributed/test/support/mpirun.js';

export { isAlive, launchers, toldBy };

/** Families of the MPIs that are installed here. */
export const families = Object.keys(launchers);

/** What is started on several ranks. */
export interface Launch {
  readonly family: string;
  readonly size: number;
  /** What each rank runs. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** Flags of the launcher. */
  readonly flags?: readonly string[];
  /** A command that starts the launcher, e.g. within another host. */
  readonly within?: readonly string[];
}

/** A launcher that runs. */
export interface Launched {
  readonly child: ChildProcess;
  /** Exit code of the launcher, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Exit codes of the ranks by their own word, when the launcher has ended. */
  readonly codes: Promise<RankCodes>;
  /** What all ranks have printed so far. */
  output(): string;
  /** Resolves when the output holds so many `step` events, or the launcher has ended. */
  steps(count: number): Promise<void>;
  /** The process of a rank; nothing where it has ended. */
  pidOf(rank: number): number | undefined;
}

const slow = `
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  stdout.write = (text, ...more) => {
    if (String(text).includes('"event":"step"')) Atomics.wait(pause, 0, 0, 50);
    return write(text, ...more);
  };
`;

/**
 * Flags of Node that make a step of the command, which prints events, take at least 50 ms: a test that waits for one comes in time
 * to disturb the next, however busy the machine is.
 */
export const slowSteps: readonly string[] = ['--import', `data:text/javascript,${encodeURIComponent(slow)}`];

/** Starts ranks; Open MPI as root and with more ranks than cores, as tests need it. */
export function launchRanks({ family, size, command, cwd, flags = [], within = [] }: Launch): Launched {
  const crowd = family === 'Open MPI' ? ['--oversubscribe'] : [];
  const ranks = [launchers[family]!, ...crowd, ...flags, '-n', String(size), ...command];
  const [program, ...args] = [...within, ...ranks];
  const watched = watchExitCodes(size);
  const child = spawn(program!, args, { cwd, env: watched.environment });
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += String(data);
      waiting.forEach((check) => check());
    });
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.on('close', (code, signal) => {
      resolve(signal ?? code);
      waiting.forEach((check) => check());
    }),
  );
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const steps = (count: number) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if ((output.match(/"event":"step"/g) ?? []).length < count && !hasEnded()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  const codes = ended.then(watched.codes);
  return { child, ended, codes, output: () => output, steps, pidOf: (rank) => rankOf(child.pid!, rank) };
}

/** Gives processes half a minute to end, as a launcher may return before they have; those that have not. */
export async function stillAlive(pids: readonly (number | undefined)[]): Promise<(number | undefined)[]> {
  for (let waited = 0; waited < 300 && pids.some(isAlive); waited++) await pause(100);
  return pids.filter(isAlive);
}

/** The process of a rank under a launcher, found by its environment. */
function rankOf(launcher: number, rank: number): number | undefined {
  const read = (path: string) => {
    try {
      return readFileSync(`/proc/${path}`, 'latin1');
    } catch {
      return '';
    }
  };
  const children = (pid: number): number[] => {
    const own = read(`${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
    return [...own, ...own.flatMap(children)];
  };
  const marked = new RegExp(`\\0(OMPI_COMM_WORLD_RANK|PMI_RANK)=${rank}\\0`);
  return children(launcher).find((pid) => marked.test(read(`${pid}/environ`)));
}
