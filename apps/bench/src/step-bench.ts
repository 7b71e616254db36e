import { spawn } from 'node:child_process';
import { disposeArrays, type Program, readArrays, type Runner } from '@m3ae/compile';
import { key } from '@m3ae/random';
import { countElements } from '@m3ae/tree';
import { invalidField } from '@m3ae/errors';
import { type Engine, prepareStep, runnerOf, type StepBenchOptions } from './prepare-step.js';
import { peakMemory, rounded, summarize } from './statistics.js';

/** The result of {@link benchStep}, as `--json` prints it; times in seconds. */
export interface StepBenchResult {
  readonly min_s: number;
  readonly median_s: number;
  /** Least processor time of a step, over all threads: what a busy machine still measures well. */
  readonly min_cpu_s: number;
  /** Peak resident memory of the whole process, MiB. */
  readonly peak_rss_mb: number;
  /** Recording the step as a graph; null for an eager engine. */
  readonly trace_s: number | null;
  /** ONNX Runtime's preparation of the graph; null for an eager engine. */
  readonly session_s: number | null;
  /** The first step, with tracing and preparation. */
  readonly first_s: number;
  readonly times_s: readonly number[];
  readonly losses: readonly number[];
  readonly model: string;
  readonly method: StepBenchOptions['method'];
  readonly parameters: number;
  readonly batch: number;
  readonly accumulate: number;
  readonly recompute: NonNullable<StepBenchOptions['recompute']>;
  readonly threads: number;
  readonly replicas: number;
  readonly device: NonNullable<StepBenchOptions['device']>;
  readonly engine: Engine;
  /** Of the matrix products, as they ran. */
  readonly precision: 'float32' | 'bf16';
  readonly kernels: 'exact' | 'fast';
  readonly maskScope: 'batch' | 'sample';
  readonly keepPadding: boolean;
}

/**
 * Times the full training step: forward, backward, clipping and AdamW, on made-up data with new masks each step.
 *
 * @param progress - Called after each step with what was done so far.
 */
export async function benchStep(
  options: StepBenchOptions,
  progress: (message: string) => void = () => undefined,
): Promise<StepBenchResult> {
  const programs: Program<unknown>[] = [];
  const runner = runnerOf(options, { onNote: progress });
  const { step, batches } = prepareStep(options, <Result>(...made: Parameters<Runner>): Program<Result> => {
    const program = runner<Result>(...made);
    programs.push(program);
    return program;
  });
  progress('drawing parameters');
  let { state } = step.init(key(0));
  const parameters = countElements(state.params);
  const times: number[] = [];
  const processorTimes: number[] = [];
  const losses: number[] = [];
  progress('tracing and first step');
  for (let count = 0; count < options.warmup + options.steps; count++) {
    const next = batches(count);
    const start = performance.now();
    const used = process.cpuUsage();
    const result = await step.run(state, next, count);
    const { loss } = await readArrays({ loss: result.metrics.loss! }); // a GPU has computed by then
    times.push(rounded((performance.now() - start) / 1000, 4));
    const { user, system } = process.cpuUsage(used);
    processorTimes.push((user + system) / 1e6);
    state = result.state;
    losses.push(rounded(loss.data[0]!, 6));
    disposeArrays(result.metrics);
    progress(`step ${count + 1} of ${options.warmup + options.steps}: ${times.at(-1)!.toFixed(3)} s`);
  }
  const preparations = programs.map((program) => program.preparation());
  const [prepared] = preparations;
  const seconds = (part: 'trace' | 'session') =>
    preparations.includes(null) ? null : rounded(preparations.reduce((sum, each) => sum + each![part], 0));
  await step.dispose();
  const timed = times.slice(options.warmup);
  const { min, median } = summarize(timed);
  return {
    min_s: rounded(min),
    median_s: rounded(median),
    min_cpu_s: rounded(summarize(processorTimes.slice(options.warmup)).min),
    peak_rss_mb: peakMemory(),
    trace_s: seconds('trace'),
    session_s: seconds('session'),
    first_s: rounded(times[0]!),
    times_s: timed,
    losses,
    model: options.model,
    method: options.method,
    parameters,
    batch: options.batch,
    accumulate: options.accumulate ?? 1,
    recompute: options.recompute ?? 'none',
    threads: options.threads,
    replicas: options.replicas ?? 1,
    device: options.device ?? 'cpu',
    engine: options.engine,
    precision: prepared?.precision ?? 'float32',
    kernels: prepared?.precision === 'bf16' ? 'fast' : (options.kernels ?? 'exact'),
    maskScope: options.maskScope,
    keepPadding: options.keepPadding ?? false,
  };
}

/** What is measured one after the other: threads of a replica, and replicas. */
interface StepCase {
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
