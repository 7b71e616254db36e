import { createRunner } from '@m3ae/compile';
import { adamW } from '@m3ae/optim';
import { key } from '@m3ae/random';
import { createTrainStep, train, type Trained } from '@m3ae/training';
import { expect, test } from 'vitest';
import { batches, toy } from '../../training/test/toy.js';
import { createBatchPeers } from '../src/index.js';
import { ranksInProcess } from './support/in-process.js';

const steps = 4;

/** Trains on two ranks; rank 1 is asked to stop when it asks for its `askedAt`-th micro-batch. */
async function trainOnRanks(askedAt: number, replicas = 1, from?: Trained) {
  return Promise.all(
    ranksInProcess(2).map(async (communicator) => {
      const asking = new AbortController();
      const agreed = new AbortController();
      const step = createTrainStep({
        task: toy,
        optimizer: adamW(),
        schedule: () => 0.05,
        runner: createRunner({ threads: 1, sessions: replicas }),
        accumulate: 6,
        replicas,
        peers: createBatchPeers(communicator, { bucket: 2, stop: { asked: asking.signal, agreed } }),
      });
      let taken = 0;
      const watched: typeof step = {
        ...step,
        run(state, next, ...rest) {
          const watchedNext = () => {
            taken += 1;
            if (communicator.rank === 1 && taken === askedAt) asking.abort();
            return next();
          };
          return step.run(state, watchedNext, ...rest);
        },
      };
      let last: Trained | undefined;
      const begin = from ?? step.init(key(0));
      for await (const now of train({
        step: watched,
        batches: batches(),
        from: structuredClone(begin),
        steps,
        signal: agreed.signal,
      }))
        last = structuredClone(now);
      await step.dispose();
      return { last: last!, taken };
    }),
  );
}

test.each([1, 3])(
  'ranks of %d replicas end in the middle of the same step, and go on to the same bits',
  async (replicas) => {
    const [straight] = await trainOnRanks(Infinity, replicas);
    const own = 3; // micro-batches of a rank in a step
    const stopped = await trainOnRanks(2 * own + 1, replicas); // the first micro-batch of the third step
    for (const { last, taken } of stopped) {
      expect(last.step).toBe(2);
      expect(taken).toBe(3 * own - (replicas === 1 ? 1 : 0)); // all replicas have begun
    }
    expect(stopped[0]!.last.state).toEqual(stopped[1]!.last.state);
    for (const { last } of await trainOnRanks(Infinity, replicas, stopped[0]!.last))
      expect(last.state).toEqual(straight!.last.state);
  },
);

test('asked in the last micro-batches of a step, it is finished', async () => {
  for (const { last } of await trainOnRanks(5)) expect(last.step).toBe(2);
});
