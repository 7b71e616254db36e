import { spawn } from 'node:child_process';
import { benchStep, createProgress, type StepBenchOptions, type StepBenchResult } from '@m3ae/bench';
import { invalidField, pluralize, throwFaults } from '@m3ae/errors';
import { resolveM3aeConfig } from '@m3ae/transformer';
import { resolveConfig } from '../config/resolve.js';
import { graphCache } from '../run/graph-cache.js';
import { availableMemory } from '@m3ae/runs';
import { checkMemory } from '@m3ae/tasks';
import { versions } from '../run/versions.js';

/** Options of `m3ae bench step`. */
export interface BenchStepCommandOptions extends Omit<StepBenchOptions, 'cache' | 'threads' | 'replicas'> {
  readonly threads: readonly number[];
  readonly replicas: readonly number[];
  /** False for `--no-cache`. */
  readonly cache: boolean;
  readonly json?: boolean;
}

/** Refuses a batch that cannot be cut as asked, or that this machine has far too little memory for. */
function refuseTooLarge({
  method,
  model: size,
  batch,
  accumulate = 1,
  recompute,
  replicas,
}: BenchStepCommandOptions): void {
  if (batch % accumulate !== 0) {
    const rule = `a divisor of --batch ${batch}`;
    throw invalidField('--accumulate', rule, accumulate, 'Cut into equal parts.');
  }
  const uneven = replicas.filter((count) => accumulate % count !== 0);
  if (uneven.length > 0) {
    const remedy = `Add e.g. --accumulate ${accumulate * uneven[0]!}.`;
    throw invalidField('--replicas', `a divisor of --accumulate ${accumulate}`, uneven[0], remedy);
  }
  const data = { source: { kind: 'emoji' }, workers: 0, queueSize: 1 };
  // The sizes that count are those of the model beside the config, which knows no debug size.
  const train = {
    steps: 1,
    batchSize: batch,
    accumulate,
    recompute,
    threads: 1,
    replicas: Math.max(...replicas),
  };
  const config = resolveConfig({ method, data, model: { size: 'small' }, train });
  const { fault } = checkMemory(config, resolveM3aeConfig({ size }), availableMemory());
  throwFaults([fault && { ...fault, path: fault.path.replace('train.', '--') }]);
}

/** The cache for all steps of this form. */
function cacheOf({ method, model, accumulate, recompute, maskScope, keepPadding }: BenchStepCommandOptions) {
  return graphCache(() => ({
    method,
    model,
    accumulate,
    recompute,
    maskScope,
    keepPadding,
  }));
}

/**
 * Runs `m3ae bench step`: one line of JSON, or a table, on standard output; progress on standard error. Several numbers of threads or
 * replicas are measured one after the other, each in a process of its own, whose memory is then its own too.
 */
export async function runBenchStep(options: BenchStepCommandOptions): Promise<void> {
  refuseTooLarge(options);
  const cases = options.threads.flatMap((threads) =>
    options.replicas.map((replicas) => ({ threads, replicas })),
  );
  if (cases.length > 1) return runTable(cases, options.json ?? false);
  const progress = createProgress();
  const cache = options.cache ? cacheOf(options) : undefined;
  const result = await benchStep({ ...options, ...cases[0]!, cache }, progress.show);
  progress.done();
  const lines = options.json ? [JSON.stringify({ ...result, versions: versions() })] : resultLines(result);
  process.stdout.write(`${lines.join('\n')}\n`);
}

interface Case {
  readonly threads: number;
  readonly replicas: number;
}

/** Measures all cases with the command line of this process; prints a line each, JSON where that was asked for. */
async function runTable(cases: readonly Case[], json: boolean): Promise<void> {
  const widths = [7, 8, 9, 9, 9, 9, 9];
  const row = (cells: readonly (string | number)[]) =>
    process.stdout.write(`${cells.map((cell, i) => String(cell).padStart(widths[i]!)).join('  ')}\n`);
  if (!json) row(['threads', 'replicas', 'min_s', 'median_s', 'rss_mb', 'trace_s', 'session_s']);
  for (const { threads, replicas } of cases) {
    const line = await output(['--threads', threads, '--replicas', replicas, '--json'].map(String));
    const { min_s, median_s, peak_rss_mb, trace_s, session_s }: StepBenchResult = JSON.parse(line);
    if (json) process.stdout.write(line);
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

function resultLines(result: StepBenchResult): string[] {
  const { min_s, median_s, peak_rss_mb, trace_s, session_s, times_s, losses } = result;
  return [
    `${result.method} ${result.model}, ${pluralize(result.parameters, 'parameter')}, batch ${result.batch}, ` +
      `${pluralize(result.threads, 'thread')}, ${pluralize(result.replicas, 'replica')}, ${result.engine}, ${result.precision}, ${result.kernels} kernels`,
    `step       ${min_s} s at least, ${median_s} s in the middle of ${times_s.length}`,
    `memory     ${peak_rss_mb} MiB at most`,
    ...(trace_s === null ? [] : [`preparing  ${trace_s} s to record the graph, ${session_s} s to load it`]),
    `loss       ${losses[0]} at first, ${losses.at(-1)} at last`,
  ];
}
