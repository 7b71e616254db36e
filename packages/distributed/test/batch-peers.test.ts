import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBatchPeers, gatherText, requireAgreement, singleProcess } from '../src/index.js';
import { ranksInProcess } from './support/in-process.js';

const alone = singleProcess();

test('any number of ranks, rounds and buckets gives the bits of a sum in order', async () => {
  const floats = fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.constant(-0));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 2, 3, 4),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.oneof(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 16_382, max: 16_390 })), {
        minLength: 1,
        maxLength: 2,
      }),
      fc.array(floats, { minLength: 20, maxLength: 40 }),
      async (size, rounds, bucketSize, lengths, values) => {
        const length = lengths.reduce((sum, each) => sum + each, 0);
        const bucket = length > 1000 ? 700 * bucketSize : bucketSize;
        const gradients = Array.from({ length: size * rounds }, (_, index) =>
          Float32Array.from({ length }, (_, at) => values[(at * 7 + index * 11) % values.length]!),
        );
        const cut = (whole: Float32Array) => {
          let begin = 0;
          return lengths.map((each) => whole.subarray(begin, (begin += each)));
        };
        const wanted = gradients[0]!.slice();
        for (const gradient of gradients.slice(1)) {
          for (let at = 0; at < length; at++) wanted[at] = Math.fround(wanted[at]! + gradient[at]!);
        }
        const totals = await Promise.all(
          ranksInProcess(size).map(async (communicator) => {
            const peers = createBatchPeers(communicator, { bucket, overlap: length % 2 === 0 });
            // Two arrays in turns, where the former travels meanwhile.
            const arrays = Array.from({ length: peers.borrows ? 2 : 1 }, () => new Float32Array(length));
            const write = (round: number) => {
              const array = arrays[round % arrays.length]!;
              array.set(gradients[round * size + communicator.rank]!);
              return array;
            };
            for (let round = 0; round < rounds - 1; round++) await peers.add(cut(write(round)));
            const total = write(rounds - 1);
            await peers.finish(cut(total));
            return total;
          }),
        );
        for (const total of totals)
          expect(Buffer.from(total.buffer).equals(Buffer.from(wanted.buffer))).toBe(true);
      },
    ),
    { numRuns: 40 },
  );
});

test('the fast order sums small whole numbers exactly', async () => {
  const totals = await Promise.all(
    ranksInProcess(3).map(async (communicator) => {
      const peers = createBatchPeers(communicator, { order: 'fast', bucket: 1 });
      const total = new Float32Array(5).fill(communicator.rank + 1);
      await peers.add([total.map((each) => 10 * each)]);
      await peers.finish([total]);
      return [...total];
    }),
  );
  expect(totals).toEqual([0, 1, 2].map(() => [66, 66, 66, 66, 66]));
});

test.each([
  ['fixed', true],
  ['fixed', false],
  ['fast', true],
] as const)(
  'in the %s order, overlap %s, a rank that asks ends the batch on all after the same micro-batch',
  async (order, overlap) => {
    const rounds = 6;
    const found = await Promise.all(
      ranksInProcess(3).map(async (communicator) => {
        const asking = new AbortController();
        const agreed = new AbortController();
        const stop = { asked: asking.signal, agreed };
        const peers = createBatchPeers(communicator, { order, overlap, bucket: 2, stop });
        const addAll = async (askedIn: number) => {
          for (let round = 0; round < rounds; round++) {
            if (communicator.rank === 1 && round === askedIn) asking.abort();
            await peers.add([new Float32Array(7).fill(1)]);
            if (agreed.signal.aborted) return round;
          }
          return 'never';
        };
        const total = new Float32Array(7).fill(1);
        const undisturbed = await addAll(rounds);
        await peers.finish([total]);
        return [undisturbed, ...total, await addAll(2)];
      }),
    );
    const wanted = ['never', ...new Array<number>(7).fill(3 * (rounds + 1)), 3];
    expect(found).toEqual([wanted, wanted, wanted]);
  },
);

test('a batch that was ended leaves nothing to the next, and one ended with its last micro-batch has its sum', async () => {
  const asking = new AbortController();
  const agreed = [new AbortController(), new AbortController()];
  const peers = ranksInProcess(2).map((communicator) => {
    const stop = { asked: asking.signal, agreed: agreed[communicator.rank]! };
    return createBatchPeers(communicator, { bucket: 2, stop });
  });
  const add = (value: number) =>
    Promise.all(peers.map((each) => each.add([new Float32Array(3).fill(value)])));
  asking.abort();
  await add(100);
  await add(100); // ended here
  await add(1);
  const totals = [new Float32Array(3).fill(2), new Float32Array(3).fill(2)];
  await Promise.all(peers.map((each, rank) => each.finish([totals[rank]!]))); // and here
  expect(totals.map((total) => [...total])).toEqual([
    [6, 6, 6],
    [6, 6, 6],
  ]);
});

test('ranks that gather agree at once', async () => {
  const asking = new AbortController();
  const agreed = await Promise.all(
    ranksInProcess(2).map(async (communicator) => {
      const own = communicator.rank === 0 ? asking.signal : new AbortController().signal;
      const stop = { asked: own, agreed: new AbortController() };
      const peers = createBatchPeers(communicator, { stop });
      await peers.gather([new Float32Array(1)]);
      const before = stop.agreed.signal.aborted;
      asking.abort();
      await peers.gather([new Float32Array(1)]);
      return [before, stop.agreed.signal.aborted];
    }),
  );
  expect(agreed).toEqual([
    [false, true],
    [false, true],
  ]);
});

test('ranks that are gone are told by the next call, and nothing else is thrown', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  const gone = () => Promise.reject(new Error('rank 1 is gone'));
  const stop = { asked: new AbortController().signal, agreed: new AbortController() };
  const communicator = { ...alone, size: 2, exchange: gone, allReduce: gone };
  const peers = createBatchPeers(communicator, { bucket: 2, stop });
  await peers.add([new Float32Array(20)]);
  await new Promise((resolve) => setImmediate(resolve));
  await expect(peers.finish([new Float32Array(20)])).rejects.toThrow('rank 1 is gone');
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
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
