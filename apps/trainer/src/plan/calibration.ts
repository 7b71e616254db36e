import { readFileSync } from 'node:fs';
import type { DataBenchResult, RanksBenchResult, StepBenchResult } from '@m3ae/bench';
import type { MachineFigures } from '@m3ae/distributed/plan';
import { faultOf, throwFaults, unusable } from '@m3ae/errors';
import { type M3aeSize, resolveM3aeConfig } from '@m3ae/transformer';
import { resolveConfig } from '../config/resolve.js';
import { flopsPerExample } from '@m3ae/tasks';

/** Lines that the benchmarks of `m3ae bench` print with `--json`. */
type Measured = Partial<StepBenchResult> & Partial<RanksBenchResult> & Partial<DataBenchResult>;

/** AdamW reads and writes seven numbers of 4 bytes for each parameter. */
const updateBytes = 28;

/** Word pieces of the benchmark's captions that are no padding. */
const benchTokens = 15;

/**
 * Figures of a machine: those that files of `bench step`, `bench ranks` and `bench data` hold, and over them those that are given.
 *
 * @param files - With a line of JSON each, in any order.
 * @param given - Each `name=number`, the names being those of {@link MachineFigures}.
 * @throws InvalidInput naming the file without such a line, or the figure that is no number.
 */
export function machineFigures(files: readonly string[], given: readonly string[]): MachineFigures {
  const measured = files.map(readMeasured).reduce((all, each) => ({ ...all, ...each }), {});
  const pairs = given.map((text) => {
    const [name, value = ''] = text.split('=');
    throwFaults([
      (value.trim() === '' || Number.isNaN(Number(value))) &&
        faultOf('--figure', 'name=number', text, 'Write e.g. --figure bandwidth=1e10.'),
    ]);
    return [name, Number(value)];
  });
  return { ...ofBenchmarks(measured), ...Object.fromEntries(pairs) };
}

function readMeasured(file: string): Measured {
  const last = readFileSync(file, 'utf8').trim().split('\n').at(-1)!;
  try {
    return JSON.parse(last) as Measured;
  } catch {
    throw unusable([
      `--calibration must be a file that ends with a line of JSON; received ${file}. Write one with: npx @m3ae/trainer bench step --json > step.json`,
    ]);
  }
}

function ofBenchmarks(measured: Measured): Partial<MachineFigures> {
  const { bandwidth, latency_s, memory_bandwidth, images_per_s, times_s } = measured;
  return {
    ...(times_s && {
      flopsPerSecond: speedOf(measured as StepBenchResult, memory_bandwidth),
      spread: spreadOf(times_s),
    }),
    ...(bandwidth && { bandwidth }),
    ...(latency_s !== undefined && { latency: latency_s }),
    ...(memory_bandwidth && { memoryBandwidth: memory_bandwidth }),
    ...(images_per_s && { loaderRate: images_per_s[1] }),
  } as Partial<MachineFigures>;
}

/** The part of a step that is not the optimizer's, over its operations. */
function speedOf({ method, model, batch, median_s, parameters }: StepBenchResult, memory = Infinity): number {
  const size = model as M3aeSize; // checked by resolveConfig
  const data = { source: { kind: 'emoji' }, workers: 0 };
  const config = resolveConfig({ method, data, model: { size }, train: { steps: 1, batchSize: batch } });
  const flops = batch * flopsPerExample(config, resolveM3aeConfig({ size }), benchTokens);
  return flops / (median_s - Math.min(median_s / 2, (updateBytes * parameters) / memory));
}

/** Standard deviation over mean. */
function spreadOf(times: readonly number[]): number {
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const variance = times.reduce((sum, time) => sum + (time - mean) ** 2, 0) / times.length;
  return Math.sqrt(variance) / mean;
}
