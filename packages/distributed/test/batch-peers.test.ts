import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Communicator,
  createBatchPeers,
  gatherText,
  requireAgreement,
  singleProcess,
} from '../src/index.js';

const alone = singleProcess();

/** Ranks within this process: operations meet in rounds, as those of MPI do. */
function ranksInProcess(size: number): Communicator[] {
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
    ...alone,
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
    allReduce: (values) =>
      meet(rank, values, (all) =>
        values.forEach((_, at) => (values[at] = all.reduce((sum, from) => sum + from[at]!, 0))),
      ),
  }));
}

test('any number of ranks, rounds and buckets gives the bits of a sum in order', async () => {
  const floats = fc.float({ noNaN: true, noDefaultInfinity: true });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 2, 3, 4),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 11 }),
      fc.infiniteStream(floats),
      async (size, rounds, bucket, length, stream) => {
        const gradients = Array.from({ length: size * rounds }, () =>
          Float32Array.from({ length }, () => stream.next().value!),
        );
        const wanted = Float32Array.from({ length }, (_, at) =>
          gradients.map((gradient) => gradient[at]!).reduce((sum, value) => Math.fround(sum + value)),
        );
        const totals = await Promise.all(
          ranksInProcess(size).map(async (communicator) => {
            const peers = createBatchPeers(communicator, { bucket, overlap: length % 2 === 0 });
            for (let index = communicator.rank; index < gradients.length; index += size)
              await peers.add([gradients[index]!]);
            const total = new Float32Array(length);
            await peers.finish([total.subarray(0, 1), total.subarray(1)]);
            return total;
          }),
        );
        totals.forEach((total) => expect(total).toEqual(wanted));
      },
    ),
    { numRuns: 60 },
  );
});

test('the fast order sums small whole numbers exactly', async () => {
  const totals = await Promise.all(
    ranksInProcess(3).map(async (communicator) => {
      const peers = createBatchPeers(communicator, { order: 'fast', bucket: 1 });
      for (const scale of [1, 10])
        await peers.add([new Float32Array(5).fill(scale * (communicator.rank + 1))]);
      const total = new Float32Array(5);
      await peers.finish([total]);
      return [...total];
    }),
  );
  expect(totals).toEqual([0, 1, 2].map(() => [66, 66, 66, 66, 66]));
});

test('wrong arguments are named', async () => {
  const peers = createBatchPeers(alone);
  await peers.add([new Float32Array(3)]);
  await expect(peers.add([new Float32Array(2)])).rejects.toThrow(
    /gradients must be of 3 elements.*received 2/,
  );
  expect(() => createBatchPeers(alone, { bucket: 0, order: 'quick' as never })).toThrow(
    /bucket must.*\n.*order must/,
  );
});

test('one process agrees with itself, and gathers its own', async () => {
  await requireAgreement(alone, { version: '1' });
  expect(await gatherText(alone, 'grün')).toEqual(['grün']);
  const own = [new Float32Array([1, 2]), new Float32Array([3, 4])];
  expect(await createBatchPeers(alone).gather(own)).toEqual(own);
});
