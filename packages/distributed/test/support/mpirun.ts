import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Launchers of the MPIs that are installed here, by family. */
export const launchers: Readonly<Record<string, string>> = Object.fromEntries(
  ['mpirun.openmpi', 'mpirun.mpich', 'mpirun', 'mpiexec'].flatMap((command) => {
    const { stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
    if (/Open MPI/.test(stdout ?? '')) return [['Open MPI', command]];
    return /HYDRA/.test(stdout ?? '') ? [['MPICH', command]] : [];
  }),
);

// Outside of node_modules Node would not find koffi.
const folder = fileURLToPath(new URL('../../../../node_modules/.cache/m3ae-ranks/', import.meta.url));

/** Bundles the program of the ranks, which Node runs without vitest. */
export async function bundleRanks(): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const outfile = `${folder}ranks-${process.pid}.mjs`;
  await build({
    entryPoints: [fileURLToPath(new URL('./ranks.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['koffi'],
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

const tellCode = `
  import { writeFileSync } from 'node:fs';
  import { isMainThread } from 'node:worker_threads';
  const { OMPI_COMM_WORLD_RANK, PMI_RANK, TEST_EXIT_CODES } = process.env;
  const file = TEST_EXIT_CODES + '/' + (OMPI_COMM_WORLD_RANK ?? PMI_RANK);
  if (isMainThread) {
    writeFileSync(file, 'runs as ' + process.pid);
    process.on('exit', (code) => writeFileSync(file, 'ended with ' + code));
  }
`;

/** Exit code of each rank by its own word; nothing of a rank that was killed. */
export type RankCodes = readonly (number | undefined)[];

/** Codes of the ranks that could tell theirs, each once: when one has ended, the launcher may kill the others. */
export const toldBy = (codes: RankCodes): number[] =>
  [...new Set(codes)].filter((code) => code !== undefined);

/**
 * Lets ranks tell their exit codes: that of the launcher says little, for MPICH's now and then ends with 0 whatever its ranks ended
 * with, and Open MPI's has codes of its own.
 *
 * @returns The environment of the launcher, and what the ranks have told; to be asked once, when the launcher has ended. Ranks that still run
 * then are given half a minute.
 */
export function watchExitCodes(size: number) {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-ranks-'));
  const watch = `--import=data:text/javascript,${encodeURIComponent(tellCode)}`;
  const ranks = Array.from({ length: size }, (_, rank) => rank);
  const told = (rank: number, words: RegExp) => {
    try {
      const number = words.exec(readFileSync(join(folder, String(rank)), 'utf8'))?.[1];
      return number === undefined ? undefined : Number(number);
    } catch {
      return undefined;
    }
  };
  const runs = (rank: number) => isAlive(told(rank, /^runs as (\d+)$/));
  return {
    environment: {
      ...process.env,
      OMPI_ALLOW_RUN_AS_ROOT: '1',
      OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${watch}`,
      TEST_EXIT_CODES: folder,
    },
    async codes(): Promise<RankCodes> {
      for (let waited = 0; waited < 300 && ranks.some(runs); waited++) await pause(100);
      const codes = ranks.map((rank) => told(rank, /^ended with (\d+)$/));
      rmSync(folder, { recursive: true });
      return codes;
    },
  };
}

/** Whether a process runs; one that has ended and that nobody has asked about does not. */
export function isAlive(pid: number | undefined): boolean {
  try {
    const [, state] = /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))!;
    return state !== 'Z';
  } catch {
    return false;
  }
}

/** How a program on several ranks ended. */
export interface Ended {
  /** Of the launcher. */
  readonly code: number | null;
  readonly codes: RankCodes;
  /** What each rank printed last as JSON, by rank. */
  readonly results: readonly unknown[];
  readonly output: string;
}

/** Starts `size` ranks of a program and collects what they print. */
export function mpirun(
  family: string,
  size: number,
  program: string,
  scenario: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const flags = family === 'Open MPI' ? ['--oversubscribe'] : [];
  const watched = watchExitCodes(size);
  const child = spawn(
    launchers[family]!,
    [...flags, '-n', String(size), process.execPath, program, scenario],
    { env: { ...watched.environment, ...environment } },
  );
  let output = '';
  child.stdout.on('data', (data) => (output += String(data)));
  child.stderr.on('data', (data) => (output += String(data)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', async (code) => {
      const results: unknown[] = [];
      for (const [, rank, json] of output.matchAll(/^RESULT (\d+) (.*)$/gm))
        results[Number(rank)] = JSON.parse(json!);
      resolve({ code, codes: await watched.codes(), results, output });
    });
  });
}
