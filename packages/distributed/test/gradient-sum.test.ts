import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Communicator,
  createGradientSum,
  gatherRows,
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
            const sum = createGradientSum(communicator, { length, bucket });
            for (let index = communicator.rank; index < gradients.length; index += size)
              await sum.add(gradients[index]!);
            return (await sum.finish()).slice();
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
      const sum = createGradientSum(communicator, { length: 5, order: 'fast', bucket: 1 });
      for (const scale of [1, 10]) await sum.add(new Float32Array(5).fill(scale * (communicator.rank + 1)));
      return [...(await sum.finish())];
    }),
  );
  expect(totals).toEqual([0, 1, 2].map(() => [66, 66, 66, 66, 66]));
});

test('a gradient of another length is refused', async () => {
  const sum = createGradientSum(alone, { length: 3 });
  await expect(sum.add(new Float32Array(2))).rejects.toThrow(/gradient must be of 3 elements; received 2/);
  expect(() => createGradientSum(alone, { length: 0, bucket: 0 })).toThrow(/length must.*\n.*bucket must/);
});

test('one process agrees with itself, and gathers its own', async () => {
  await requireAgreement(alone, { version: '1' });
  expect(await gatherText(alone, 'grün')).toEqual(['grün']);
  const gathered = await gatherRows(alone, new Float32Array([1, 2]));
  expect([...gathered.values]).toEqual([1, 2]);
  expect([...(await gathered.backward(new Float32Array([3, 4])))]).toEqual([3, 4]);
  await expect(gathered.backward(new Float32Array(3))).rejects.toThrow(/gradient must be of 2 elements/);
});
