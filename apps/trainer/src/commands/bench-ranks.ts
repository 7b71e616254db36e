import { benchRanks } from '@m3ae/bench';
import { connectMpi } from '@m3ae/distributed/mpi';
import { unusable } from '@m3ae/errors';
import { versions } from '../run/versions.js';

/** Options of `m3ae bench ranks`. */
export interface BenchRanksCommandOptions {
  readonly megabytes: number;
  readonly json?: boolean;
}

/** Runs `m3ae bench ranks` on every rank; rank 0 prints one line of JSON, or a table. */
export async function runBenchRanks({ megabytes, json }: BenchRanksCommandOptions): Promise<void> {
  const communicator = await connectMpi();
  if (communicator.size === 1) {
    throw unusable([
      'bench ranks must be started on several ranks; received one. Write: mpirun -n 2 npx @m3ae/trainer bench ranks',
    ]);
  }
  const result = await benchRanks(communicator, megabytes);
  if (communicator.rank === 0) {
    const { latency_s, bandwidth, all_reduce_s, fixed_sum_s, share_of_copy } = result;
    const percent = (share: number) => `${Math.round(100 * share)} % of the speed of a copy`;
    const lines = [
      `ranks       ${result.ranks}, ${(bandwidth / 1e9).toFixed(2)} GB/s between them, ${(latency_s * 1e6).toFixed(0)} µs of latency`,
      `all-reduce  ${all_reduce_s} s for ${megabytes} MB, ${percent(share_of_copy.all_reduce)}`,
      `fixed sum   ${fixed_sum_s} s, ${percent(share_of_copy.fixed_sum)}`,
    ];
    process.stdout.write(
      `${json ? JSON.stringify({ ...result, versions: versions() }) : lines.join('\n')}\n`,
    );
  }
  await communicator.close();
}
