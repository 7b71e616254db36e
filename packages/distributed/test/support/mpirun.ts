import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
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

/** How a program on several ranks ended. */
export interface Ended {
  readonly code: number | null;
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
  const child = spawn(
    launchers[family]!,
    [...flags, '-n', String(size), process.execPath, program, scenario],
    {
      env: {
        ...process.env,
        OMPI_ALLOW_RUN_AS_ROOT: '1',
        OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
        ...environment,
      },
    },
  );
  let output = '';
  child.stdout.on('data', (data) => (output += String(data)));
  child.stderr.on('data', (data) => (output += String(data)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const results: unknown[] = [];
      for (const [, rank, json] of output.matchAll(/^RESULT (\d+) (.*)$/gm))
        results[Number(rank)] = JSON.parse(json!);
      resolve({ code, results, output });
    });
  });
}
