import { spawn } from 'node:child_process';
import { invalidField } from '@m3ae/errors';
import type { StepBenchOptions } from './prepare-step.js';
import type { StepBenchResult } from './step-bench.js';

/** What is measured one after the other: threads of a replica, and replicas. */
export interface StepCase {
  readonly threads: number;
  readonly replicas: number;
}

/**
 * Every pair of a number of threads and a number of replicas.
 *
 * @throws InvalidInput where micro-batches do not divide the batch, or replicas the micro-batches.
 */
export function stepCases(
  { batch, accumulate = 1 }: Pick<StepBenchOptions, 'batch' | 'accumulate'>,
  { threads, replicas }: { readonly threads: readonly number[]; readonly replicas: readonly number[] },
): StepCase[] {
  if (batch % accumulate !== 0) {
    const rule = `a divisor of --batch ${batch}`;
    throw invalidField('--accumulate', rule, accumulate, 'Cut into equal parts.');
  }
  const uneven = replicas.filter((count) => accumulate % count !== 0);
  if (uneven.length > 0) {
    const remedy = `Add e.g. --accumulate ${accumulate * uneven[0]!}.`;
    throw invalidField('--replicas', `a divisor of --accumulate ${accumulate}`, uneven[0], remedy);
  }
  return threads.flatMap((count) => replicas.map((each) => ({ threads: count, replicas: each })));
}

/**
 * Measures each case with the command line of this process, in a process of its own, whose memory is then its own too; writes
 * a line each, JSON where that was asked for.
 */
export async function stepTable(
  cases: readonly StepCase[],
  json: boolean,
  write: (text: string) => void,
): Promise<void> {
  const widths = [7, 8, 9, 9, 9, 9, 9];
  const row = (cells: readonly (string | number)[]) =>
    write(`${cells.map((cell, i) => String(cell).padStart(widths[i]!)).join('  ')}\n`);
  if (!json) row(['threads', 'replicas', 'min_s', 'median_s', 'rss_mb', 'trace_s', 'session_s']);
  for (const { threads, replicas } of cases) {
    const line = await output(['--threads', threads, '--replicas', replicas, '--json'].map(String));
    const { min_s, median_s, peak_rss_mb, trace_s, session_s }: StepBenchResult = JSON.parse(line);
    if (json) write(line);
    else row([threads, replicas, min_s, median_s, peak_rss_mb, trace_s ?? '-', session_s ?? '-']);
  }
}

/** What this command prints with some options more; later ones take the place of earlier ones. */
function output(more: readonly string[]): Promise<string> {
  const [script, ...args] = process.argv.slice(1);
  const child = spawn(process.execPath, [script!, ...args, ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (part: Buffer) => (text += part.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(text)
        : reject(new Error(`bench step ${more.join(' ')} ended with exit code ${code}.`)),
    );
  });
}
