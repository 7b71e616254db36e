import { type Communicator, createBatchPeers } from '@m3ae/distributed';
import { rounded, summarize } from './statistics.js';

/** The result of {@link benchRanks}, as `--json` prints it. */
export interface RanksBenchResult {
  readonly ranks: number;
  /** A short message there and back, halved. */
  readonly latency_s: number;
  /** Bytes a second that a rank sends to the others while it receives as many: a plain copy between processes. */
  readonly bandwidth: number;
  /** Bytes a second that a rank reads and writes in its own memory, when all do. */
  readonly memory_bandwidth: number;
  readonly megabytes: number;
  /** MPI's own all-reduce of a gradient of so many megabytes, in buckets. */
  readonly all_reduce_s: number;
  /** The same sum in the fixed order, as after the last micro-batch of a step. */
  readonly fixed_sum_s: number;
  /** Time that a plain copy between processes takes for the bytes that an all-reduce must send, over the time of each. */
  readonly share_of_copy: { readonly all_reduce: number; readonly fixed_sum: number };
}

const repeats = 5;

/** Measures what a launcher's ranks exchange. @param megabytes - Size of the gradient. */
export async function benchRanks(communicator: Communicator, megabytes: number): Promise<RanksBenchResult> {
  const { size } = communicator;
  const length = Math.floor((megabytes * 1e6) / 4 / size) * size;
  const values = new Float32Array(length).fill(1e-3);
  const received = new Float32Array(length);
  const timed = async (times: number, body: () => Promise<unknown>) => {
    const seconds: number[] = [];
    for (let round = 0; round < times; round++) {
      await communicator.barrier();
      const start = performance.now();
      await body();
      seconds.push((performance.now() - start) / 1000);
    }
    return summarize(seconds.slice(1)).median; // the first touches the memory
  };
  const single = new Float32Array(size);
  const latency = (await timed(200, () => communicator.allReduce(single))) / 2;
  const pieces = { length: length / size, stride: length / size };
  const exchange = await timed(repeats, () => communicator.exchange(values, pieces, received, pieces));
  const own = await timed(repeats, async () => received.set(values));
  const peers = createBatchPeers(communicator);
  const fixed = await timed(repeats, () => peers.finish([values]));
  const bucket = 2 << 20;
  const reduce = await timed(repeats, async () => {
    for (let at = 0; at < length; at += bucket)
      await communicator.allReduce(values.subarray(at, at + bucket));
  });
  const bytes = 4 * length;
  const away = ((size - 1) / size) * bytes;
  const share = (seconds: number) => rounded((2 * exchange) / seconds, 2);
  return {
    ranks: size,
    latency_s: rounded(latency, 7),
    bandwidth: Math.round(away / exchange),
    memory_bandwidth: Math.round((2 * bytes) / own),
    megabytes,
    all_reduce_s: rounded(reduce, 4),
    fixed_sum_s: rounded(fixed, 4),
    share_of_copy: { all_reduce: share(reduce), fixed_sum: share(fixed) },
  };
}
