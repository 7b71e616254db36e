import { createHash } from 'node:crypto';
import {
  type Communicator,
  broadcastText,
  createBatchPeers,
  gatherText,
  gatherValues,
  RankFailed,
  type ReductionOrder,
  requireAgreement,
  succeedTogether,
} from '../../src/index.js';
import { connectMpi } from '../../src/mpi.js';
import { microBatchCount, microGradient } from './numbers.js';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const sha256 = (values: Float32Array) => createHash('sha256').update(values).digest('hex');

async function sums(communicator: Communicator, order: ReductionOrder) {
  const { rank, size } = communicator;
  const peers = createBatchPeers(communicator, { order, bucket: 3000 });
  const digests: string[] = [];
  let former: Float32Array | undefined;
  for (let batch = 0; batch < 2; batch++) {
    let index = rank;
    for (; index + size < microBatchCount; index += size) {
      const gradient = microGradient(batch, index);
      await peers.add([gradient.subarray(0, 3), gradient.subarray(3)]);
      (peers.borrows ? former : gradient)?.fill(NaN); // it may be overwritten by now
      former = gradient;
    }
    const total = microGradient(batch, index);
    await peers.finish([total.subarray(0, 3), total.subarray(3)]);
    digests.push(order === 'fixed' ? sha256(total) : String(total[0]));
  }
  return digests;
}

const scenarios: Record<string, (communicator: Communicator) => Promise<unknown>> = {
  fixed: (communicator) => sums(communicator, 'fixed'),
  fast: (communicator) => sums(communicator, 'fast'),
  async collectives(communicator) {
    const { rank, size } = communicator;
    const reduced = new Float32Array([rank + 1, 10]);
    const sent = new Float32Array([rank]);
    const gathered = new Float32Array(size).fill(-1);
    gathered[rank] = rank * rank;
    // All under way at once.
    await Promise.all([
      communicator.allReduce(reduced),
      communicator.broadcast(sent, size - 1),
      communicator.allGather(gathered),
    ]);
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 5);
    if (rank === 0) await sleep(200);
    await communicator.barrier();
    clearInterval(ticking);
    const texts = await gatherText(communicator, `rank ${rank}${'é'.repeat(rank)}`);
    return { reduced: [...reduced], sent: [...sent], gathered: [...gathered], texts, free: ticks > 0 };
  },
  agreement: (communicator) =>
    requireAgreement(communicator, { config: communicator.rank === 1 ? 'b' : 'a', version: '1' }),
  async gather(communicator) {
    const { rank, size } = communicator;
    const own = [rank, rank + size].map((place) => new Float32Array(3).fill(place));
    return (await createBatchPeers(communicator).gather(own)).map((values) => [...values]);
  },
  together: (communicator) =>
    succeedTogether(communicator, async () => {
      if (communicator.rank > 0) throw new Error('no folder');
    }),
  async values(communicator) {
    const { rank } = communicator;
    const own = { name: `é${rank}`, rows: new Float32Array(rank).fill(rank) };
    const all = await gatherValues(communicator, rank === 1 ? [] : [own]);
    return all.flat().map(({ name, rows }) => [name, ...rows]);
  },
  text: (communicator) => broadcastText(communicator, communicator.rank === 0 ? 'grün' : 'other'),
  async aside(communicator) {
    if (communicator.rank === 1) await communicator.aside(() => sleep(6000));
    await communicator.barrier();
    return 'done';
  },
  async asks(communicator) {
    const asking = new AbortController();
    const stop = { asked: asking.signal, agreed: new AbortController() };
    const peers = createBatchPeers(communicator, { bucket: 3000, stop });
    for (let round = 0; ; round++) {
      if (communicator.rank === 1 && round === 3) asking.abort();
      await sleep(10 * communicator.rank); // so that ranks come at different times
      await peers.add([microGradient(0, round)]);
      if (stop.agreed.signal.aborted) return round;
    }
  },
  async stopped(communicator) {
    if (communicator.rank === 1) process.kill(process.pid, 'SIGSTOP');
    await communicator.barrier();
  },
  async killed(communicator) {
    if (communicator.rank === 1) process.kill(process.pid, 'SIGKILL');
    await communicator.barrier();
  },
  async behind(communicator) {
    if (communicator.rank === 1) await sleep(60_000);
    await communicator.barrier();
  },
  async late(communicator) {
    await communicator.close();
    communicator.fail('too late');
    return 'done';
  },
  async failing(communicator) {
    await communicator.barrier();
    if (communicator.rank === 1) {
      communicator.fail('No space left on device');
      await sleep(1500); // until the others have told what they were told
      process.exit(1);
    }
    await communicator.barrier();
  },
};

const print = (communicator: Communicator, result: unknown) =>
  process.stdout.write(`RESULT ${communicator.rank} ${JSON.stringify(result ?? null)}\n`);

const communicator = await connectMpi({ timeout: Number(process.env.TEST_TIMEOUT ?? 60) });
try {
  print(communicator, await scenarios[process.argv[2]!]!(communicator));
  await communicator.close();
} catch (error) {
  const { message } = error as Error;
  print(communicator, { message, ranks: error instanceof RankFailed ? error.ranks : undefined });
  await sleep(1500); // the others read the reason before the launcher ends them
  process.exit(1);
}
