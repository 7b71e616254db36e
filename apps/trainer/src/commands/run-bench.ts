import {
  benchData,
  benchRanks,
  benchStep,
  createProgress,
  type DataBenchOptions,
  dataLines,
  ranksLines,
  type StepBenchOptions,
  stepCases,
  stepLines,
  stepTable,
} from '@m3ae/bench';
import { connectMpi } from '@m3ae/distributed/mpi';
import { throwFaults, unusable } from '@m3ae/errors';
import { resolveM3aeConfig } from '@m3ae/transformer';
import { resolveConfig } from '../config/resolve.js';
import { graphCache } from '../run/graph-cache.js';
import { checkMemory } from '../run/memory-check.js';
import { versions } from '../run/versions.js';

interface Printed {
  readonly json?: boolean;
}

/** Options of `m3ae bench step`. */
export interface BenchStepCommandOptions
  extends Printed, Omit<StepBenchOptions, 'cache' | 'threads' | 'replicas'> {
  readonly threads: readonly number[];
  readonly replicas: readonly number[];
  /** False for `--no-cache`. */
  readonly cache: boolean;
}

/** Options of `m3ae bench data`. */
export interface BenchDataCommandOptions extends Printed, DataBenchOptions {}

/** Options of `m3ae bench ranks`. */
export interface BenchRanksCommandOptions extends Printed {
  readonly megabytes: number;
}

/** A line of JSON, or a table, on standard output. */
function print<Result extends object>(
  result: Result,
  { json }: Printed,
  lines: (result: Result) => string[],
): void {
  const text = json ? JSON.stringify({ ...result, versions: versions() }) : lines(result).join('\n');
  process.stdout.write(`${text}\n`);
}

/** Refuses a batch that this machine has far too little memory for. */
function refuseTooLarge(options: BenchStepCommandOptions): void {
  const { method, model: size, batch: batchSize, accumulate, recompute, replicas } = options;
  const train = { batchSize, accumulate, recompute, threads: 1, replicas: Math.max(...replicas) };
  const config = resolveConfig({
    method,
    data: { source: { kind: 'emoji' }, workers: 0, queueSize: 1 },
    // The sizes that count are those of the model beside the config, which knows no debug size.
    model: { size: 'small' },
    train: { steps: 1, ...train },
  });
  const { fault } = checkMemory(config, resolveM3aeConfig({ size }));
  throwFaults([fault && { ...fault, path: fault.path.replace('train.', '--') }]);
}

/**
 * Runs `m3ae bench step`; progress on standard error. Several numbers of threads or replicas are measured one after the
 * other, each in a process of its own.
 */
export async function runBenchStep(options: BenchStepCommandOptions): Promise<void> {
  const cases = stepCases(options, options);
  refuseTooLarge(options);
  if (cases.length > 1) {
    return stepTable(cases, options.json ?? false, (text) => void process.stdout.write(text));
  }
  const progress = createProgress();
  const { method, model, accumulate, recompute, maskScope, keepPadding } = options;
  const form = { method, model, accumulate, recompute, maskScope, keepPadding };
  const cache = options.cache ? graphCache(() => form) : undefined;
  const result = await benchStep({ ...options, ...cases[0]!, cache }, progress.show);
  progress.done();
  print(result, options, stepLines);
}

/** Runs `m3ae bench data`; progress on standard error. */
export async function runBenchData(options: BenchDataCommandOptions): Promise<void> {
  const progress = createProgress();
  const result = await benchData(options, progress.show);
  progress.done();
  print(result, options, dataLines);
}

/** Runs `m3ae bench ranks` on every rank; rank 0 prints. */
export async function runBenchRanks(options: BenchRanksCommandOptions): Promise<void> {
  const communicator = await connectMpi();
  if (communicator.size === 1) {
    throw unusable([
      'bench ranks must be started on several ranks; received one. Write: mpirun -n 2 npx @m3ae/trainer bench ranks',
    ]);
  }
  const result = await benchRanks(communicator, options.megabytes);
  if (communicator.rank === 0) print(result, options, ranksLines);
  await communicator.close();
}
