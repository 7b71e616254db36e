import { type Communicator, singleProcess } from '../../src/index.js';

/** Ranks within this process: operations meet in rounds, as those of MPI do. */
export function ranksInProcess(size: number): Communicator[] {
  const waiting: { send: Float32Array; run: (all: Float32Array[]) => void }[][] = [];
  const calls = new Array<number>(size).fill(0);
  const meet = (rank: number, send: Float32Array, run: (all: Float32Array[]) => void) =>
    new Promise<void>((resolve) => {
      const round = (waiting[calls[rank]!++] ??= []);
      round[rank] = { send, run: (all) => (run(all), resolve()) };
      if (Object.keys(round).length < size) return;
      const all = round.map((each) => each.send.slice());
      round.forEach((each) => each.run(all));
    });
  return Array.from({ length: size }, (_, rank) => ({
    ...singleProcess(),
    rank,
    size,
    exchange: (send, sent, receive, received) =>
      meet(rank, send, (all) =>
        all.forEach((from, each) => {
          const begin = (sent.offset ?? 0) + rank * sent.stride;
          receive.set(
            from.subarray(begin, begin + sent.length),
            (received.offset ?? 0) + each * received.stride,
          );
        }),
      ),
    allGather(values) {
      const each = values.length / size;
      return meet(rank, values as Float32Array, (all) =>
        all.forEach((from, other) =>
          values.set(from.subarray(other * each, (other + 1) * each), other * each),
        ),
      );
    },
    broadcast: (values) => meet(rank, values as never, (all) => values.set(all[0]! as never)),
    allReduce: (values) =>
      meet(rank, values, (all) =>
        values.forEach((_, at) => (values[at] = all.reduce((sum, from) => sum + from[at]!, 0))),
      ),
  }));
}
