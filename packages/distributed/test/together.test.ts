import { checkOptions, examine, record } from '@m3ae/errors/rules';
import { expect, test } from 'vitest';
import {
  anyStops,
  broadcastState,
  commonStop,
  crowdedCores,
  distributedRules,
  factsOf,
  gatheringPeers,
  singleProcess,
} from '../src/index.js';
import { ranksInProcess } from './support/in-process.js';

test.each([
  [{}, undefined, /^none$/],
  [{ OMPI_COMM_WORLD_LOCAL_SIZE: '2' }, 2, /^none$/],
  [
    { OMPI_COMM_WORLD_LOCAL_SIZE: '2' },
    undefined,
    /2 ranks with 4 threads each.*4 cores.*train\.threads to 2/,
  ],
  [{ MPI_LOCALNRANKS: '4' }, 2, /4 ranks with 2 threads.*train\.threads to 1/],
  [{ SLURM_NTASKS_PER_NODE: '8' }, 1, /Start at most 4 ranks/],
])('ranks %j of %s threads on 4 cores', (environment, threads, words) => {
  expect(crowdedCores({ threads, setting: 'train.threads', environment, cores: 4 }) ?? 'none').toMatch(words);
});

test('every rank stands where rank 0 stands, whatever it held', async () => {
  const results = await Promise.all(
    ranksInProcess(3).map(async (communicator) => {
      const { rank } = communicator;
      const buffer = Float32Array.of(9, rank, rank + 0.5, 9);
      const arrays = [buffer.subarray(1, 3), Float64Array.of(rank / 3)];
      const plain = await broadcastState(communicator, { step: rank, place: [rank] }, arrays);
      return [plain, [...buffer], [...arrays[1]!]];
    }),
  );
  for (const result of results) expect(result).toEqual([{ step: 0, place: [0] }, [9, 0, 0.5, 9], [0]]);
});

test('where one rank is asked to stop, all know it; one process alone agrees at once', async () => {
  const asked = [false, true, false];
  const answers = (votes: readonly boolean[]) =>
    Promise.all(
      ranksInProcess(3).map((communicator, rank) => {
        const stop = commonStop(
          communicator,
          votes[rank] ? AbortSignal.abort() : new AbortController().signal,
        );
        return anyStops(communicator, stop).then((any) => [any, stop.agreed.signal.aborted]);
      }),
    );
  expect(await answers(asked)).toEqual(asked.map(() => [true, false])); // agreed within a batch alone
  expect(await answers([false, false, false])).toEqual(asked.map(() => [false, false]));
  const asking = new AbortController();
  const alone = commonStop(singleProcess(), asking.signal);
  asking.abort();
  expect([alone.agreed.signal.aborted, await anyStops(singleProcess(), alone)]).toEqual([true, true]);
});

test('facts are told by path', () => {
  expect(factsOf({ seed: 0, image: { mean: [0.5, 1], crop: null } }, 'config')).toEqual({
    'config.seed': '0',
    'config.image.mean': '[0.5,1]',
    'config.image.crop': 'null',
  });
});

test('what ranks pass is gathered in their order; one process alone has no peers', async () => {
  expect(gatheringPeers(singleProcess())).toBeUndefined();
  const [first, second] = ranksInProcess(2).map((communicator) => gatheringPeers(communicator)!);
  const own = [{ rank: 0 }, { rank: 1, longer: true }];
  expect(await Promise.all([first!.gather(own[0]), second!.gather(own[1])])).toEqual([own, own]);
  expect([second!.rank, second!.size]).toEqual([1, 2]);
});

test('what ranks do together has defaults, and a time that somebody waits', () => {
  const rule = record(distributedRules);
  expect(checkOptions(rule, {})).toEqual({ reduction: 'fixed', overlap: true, timeout: 300 });
  for (const timeout of [0, 1e6]) {
    expect(examine(rule, { timeout }).faults.map(({ path }) => path)).toEqual(['timeout']);
  }
});
