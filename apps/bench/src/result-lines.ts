import { pluralize } from '@m3ae/errors';
import type { DataBenchResult } from './data-bench.js';
import type { RanksBenchResult } from './ranks-bench.js';
import type { StepBenchResult } from './step-bench.js';

/** A result of `benchStep` for a person. */
export function stepLines(result: StepBenchResult): string[] {
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
export const dataLines = ({ images_per_s, captions_per_s, size, source }: DataBenchResult): string[] => [
  `pictures   ${images_per_s[1]} a second on 1 thread, ${images_per_s[2]} on 2 (${source} to ${size}x${size})`,
  `captions   ${captions_per_s} a second on 1 thread`,
];

/** A result of `benchRanks` for a person. */
export function ranksLines(result: RanksBenchResult): string[] {
  const { ranks, latency_s, bandwidth, megabytes, all_reduce_s, fixed_sum_s, share_of_copy } = result;
  const percent = (share: number) => `${Math.round(100 * share)} % of the speed of a copy`;
  return [
    `ranks       ${ranks}, ${(bandwidth / 1e9).toFixed(2)} GB/s between them, ${(latency_s * 1e6).toFixed(0)} µs of latency`,
    `all-reduce  ${all_reduce_s} s for ${megabytes} MB, ${percent(share_of_copy.all_reduce)}`,
    `fixed sum   ${fixed_sum_s} s, ${percent(share_of_copy.fixed_sum)}`,
  ];
}
