import type { GraphCache } from '@m3ae/compile';
import { connectMpi } from '@m3ae/distributed/mpi';
import { pluralize, unusable } from '@m3ae/errors';
import { benchData, type DataBenchOptions, type DataBenchResult } from './data-bench.js';
import type { StepBenchOptions } from './prepare-step.js';
import { benchRanks, type RanksBenchResult } from './ranks-bench.js';
import { benchStep, type StepBenchResult, stepCases, stepTable } from './step-bench.js';

/** What the program gives whose commands measure. */
export interface BenchProgram {
  /** Versions of what a result depends on, for its JSON. */
  versions(): object;
  /** Where graphs of such a step are kept for later processes. */
  cacheOf(form: object): GraphCache;
  /** @throws InvalidInput for a step that this machine has far too little memory for. */
  refuseTooLarge(options: StepCommandOptions): void;
}

interface Printed {
  readonly json?: boolean;
}

/** Options of `bench step`. */
export interface StepCommandOptions
  extends Printed, Omit<StepBenchOptions, 'cache' | 'threads' | 'replicas'> {
  readonly threads: readonly number[];
  readonly replicas: readonly number[];
  /** False for `--no-cache`. */
  readonly cache: boolean;
}

/** Options of `bench data`. */
export interface DataCommandOptions extends Printed, DataBenchOptions {}

/** Options of `bench ranks`. */
export interface RanksCommandOptions extends Printed {
  readonly megabytes: number;
}

/** A line of JSON, or a table, on standard output. */
function print<Result extends object>(
  result: Result,
  { json }: Printed,
  lines: (result: Result) => string[],
  { versions }: BenchProgram,
): void {
  const text = json ? JSON.stringify({ ...result, versions: versions() }) : lines(result).join('\n');
  process.stdout.write(`${text}\n`);
}

/**
 * Runs `bench step`; progress on standard error. Several numbers of threads or replicas are measured one after the other, each in a process of
 * its own.
 */
export async function runStepBench(options: StepCommandOptions, program: BenchProgram): Promise<void> {
  const cases = stepCases(options, options);
  program.refuseTooLarge(options);
  if (cases.length > 1) {
    return stepTable(cases, options.json ?? false, (text) => void process.stdout.write(text));
  }
  const progress = createProgress();
  const { method, model, accumulate, recompute, maskScope, keepPadding } = options;
  const form = { method, model, accumulate, recompute, maskScope, keepPadding };
  const cache = options.cache ? program.cacheOf(form) : undefined;
  const result = await benchStep({ ...options, ...cases[0]!, cache }, progress.show);
  progress.done();
  print(result, options, stepLines, program);
}

/** Runs `bench data`; progress on standard error. */
export async function runDataBench(options: DataCommandOptions, program: BenchProgram): Promise<void> {
  const progress = createProgress();
  const result = await benchData(options, progress.show);
  progress.done();
  print(result, options, dataLines, program);
}

/** Runs `bench ranks` on every rank; rank 0 prints. */
export async function runRanksBench(options: RanksCommandOptions, program: BenchProgram): Promise<void> {
  const communicator = await connectMpi();
  if (communicator.size === 1) {
    throw unusable([
      'bench ranks must be started on several ranks; received one. Write: mpirun -n 2 npx @m3ae/trainer bench ranks',
    ]);
  }
  const result = await benchRanks(communicator, options.megabytes);
  if (communicator.rank === 0) print(result, options, ranksLines, program);
  await communicator.close();
}

/** A result of `benchStep` for a person. */
function stepLines(result: StepBenchResult): string[] {
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

/** A result of `benchData` for a person. */
const dataLines = ({ images_per_s, captions_per_s, size, source }: DataBenchResult): string[] => [
  `pictures   ${images_per_s[1]} a second on 1 thread, ${images_per_s[2]} on 2 (${source} to ${size}x${size})`,
  `captions   ${captions_per_s} a second on 1 thread`,
];

/** A result of `benchRanks` for a person. */
function ranksLines(result: RanksBenchResult): string[] {
  const { ranks, latency_s, bandwidth, megabytes, all_reduce_s, fixed_sum_s, share_of_copy } = result;
  const percent = (share: number) => `${Math.round(100 * share)} % of the speed of a copy`;
  return [
    `ranks       ${ranks}, ${(bandwidth / 1e9).toFixed(2)} GB/s between them, ${(latency_s * 1e6).toFixed(0)} µs of latency`,
    `all-reduce  ${all_reduce_s} s for ${megabytes} MB, ${percent(share_of_copy.all_reduce)}`,
    `fixed sum   ${fixed_sum_s} s, ${percent(share_of_copy.fixed_sum)}`,
  ];
}

/** Shows what is being done. */
interface Progress {
  readonly show: (message: string) => void;
  /** Clears the line, where there is one. */
  readonly done: () => void;
}

/** One line that overwrites itself on a terminal, a line for each message elsewhere; always on standard error. */
export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) {
    return { show: (message) => void stream.write(`${message}\n`), done: () => undefined };
  }
  const clear = '\r\u001b[2K';
  return { show: (message) => void stream.write(`${clear}${message}`), done: () => void stream.write(clear) };
}
