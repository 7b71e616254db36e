import { benchStep, createProgress, type StepBenchOptions, type StepBenchResult } from '@m3ae/bench';
import { pluralize, unusable } from '@m3ae/errors';
import { resolveM3aeConfig } from '@m3ae/transformer';
import { resolveConfig } from '../config/resolve.js';
import { checkMemory } from '../run/memory-check.js';
import { versions } from '../run/versions.js';

/** Options of `m3ae bench step`. */
export interface BenchStepCommandOptions extends StepBenchOptions {
  readonly json?: boolean;
}

/** Refuses a batch that cannot be cut as asked, or that this machine has far too little memory for. */
function refuseTooLarge({ method, model: size, batch, accumulate = 1 }: StepBenchOptions): void {
  if (batch % accumulate !== 0) {
    throw unusable([
      `--accumulate must divide --batch ${batch}; received ${accumulate}. Cut into equal parts.`,
    ]);
  }
  const data = { source: { kind: 'emoji' }, workers: 0, queueSize: 1 };
  // The sizes that count are those of the model beside the config, which knows no debug size.
  const train = { steps: 1, batchSize: batch, accumulate };
  const config = resolveConfig({ method, data, model: { size: 'small' }, train });
  const { fault } = checkMemory(config, resolveM3aeConfig({ size }));
  if (fault !== undefined) throw unusable([fault.replace('train.batchSize', '--batch')]);
}

/** Runs `m3ae bench step`: one line of JSON, or a table, on standard output; progress on standard error. */
export async function runBenchStep(options: BenchStepCommandOptions): Promise<void> {
  refuseTooLarge(options);
  const progress = createProgress();
  const result = await benchStep(options, progress.show);
  progress.done();
  const lines = options.json ? [JSON.stringify({ ...result, versions: versions() })] : resultLines(result);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function resultLines(result: StepBenchResult): string[] {
  const { min_s, median_s, peak_rss_mb, trace_s, session_s, times_s, losses } = result;
  return [
    `${result.method} ${result.model}, ${pluralize(result.parameters, 'parameter')}, batch ${result.batch}, ` +
      `${pluralize(result.threads, 'thread')}, ${result.engine}, ${result.precision}, ${result.kernels} kernels`,
    `step       ${min_s} s at least, ${median_s} s in the middle of ${times_s.length}`,
    `memory     ${peak_rss_mb} MiB at most`,
    ...(trace_s === null ? [] : [`preparing  ${trace_s} s to record the graph, ${session_s} s to load it`]),
    `loss       ${losses[0]} at first, ${losses.at(-1)} at last`,
  ];
}
