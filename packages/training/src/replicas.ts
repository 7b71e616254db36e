import type { Program, Runner } from '@m3ae/compile';
import type { BatchGradients, BatchPeers, BatchSum } from './accumulate.js';

/**
 * Computes several micro-batches at a time, over the same parameters. Gradients are added in the order of the micro-batches, so the
 * sum has the same bits for any number of replicas.
 *
 * @param make - Gradients of one replica, which takes every `replicas`-th micro-batch.
 * @param outer - The processes beside this one.
 */
export function replicatedGradients<HostBatch>(
  make: (part: { readonly runner: Runner; readonly peers: BatchPeers }) => BatchGradients<HostBatch>,
  runner: Runner,
  replicas: number,
  outer?: BatchPeers,
): BatchGradients<HostBatch> {
  const shared = sharedRunner(runner);
  const team = createTeam(replicas, outer);
  const all = team.members.map((peers) => make({ runner: shared, peers }));
  return {
    passes: all[0]!.passes,
    async of(params, next, signal) {
      team.begin(signal);
      const hands = dealt(next, replicas);
      const ended = await Promise.allSettled(
        all.map((each, replica) =>
          each.of(params, hands[replica]!, signal).catch((error: unknown) => {
            team.fail(error); // the others would wait for it
            throw error;
          }),
        ),
      );
      const failed = ended.find((end) => end.status === 'rejected');
      if (failed) throw failed.reason;
      return (ended.at(-1) as PromiseFulfilledResult<BatchSum>).value; // the last one finished the sum
    },
    async dispose() {
      await Promise.all(all.map((each) => each.dispose()));
    },
  };
}

/** One program for all replicas: it runs as many calls at a time as its runner was told. */
function sharedRunner(runner: Runner): Runner {
  const programs = new Map<string, Program<unknown>>();
  return <Result>(...[name, ...rest]: Parameters<Runner>) => {
    const program = programs.get(name) ?? runner<unknown>(name, ...rest);
    programs.set(name, program);
    return program as Program<Result>;
  };
}

/** Deals what comes one after the other to several hands in turn. */
function dealt<Item>(next: () => Item | Promise<Item>, hands: number): (() => Promise<Item>)[] {
  const items = new Map<number, Promise<Item>>();
  let newest: Promise<unknown> = Promise.resolve();
  let drawn = 0;
  return Array.from({ length: hands }, (_, hand) => {
    let place = hand;
    return () => {
      for (; drawn <= place; drawn++) {
        const item = newest.then(next);
        item.catch(() => undefined); // thrown where it is awaited
        items.set(drawn, item);
        newest = item;
      }
      const own = items.get(place)!;
      items.delete(place);
      place += hands;
      return own;
    };
  });
}

/** Replicas of one process, as peers of one another. */
interface Team {
  readonly members: readonly BatchPeers[];
  /** Makes ready for a batch, which ends early once the signal is aborted. */
  begin(signal?: AbortSignal): void;
  /** Lets all that wait for one another fail. */
  fail(error: unknown): void;
}

/** A replica that waits for another. */
interface Waiting {
  readonly isDue: () => boolean;
  go(): void;
  stop(error: unknown): void;
}

function createTeam(count: number, outer?: BatchPeers): Team {
  const { rank, size } = outer ?? { rank: 0, size: 1 };
  let total: Float32Array[] | undefined;
  let added = 0;
  let failure: { readonly error: unknown } | undefined;
  let stopped: AbortSignal | undefined;
  const waiting = new Set<Waiting>();
  const wake = () => {
    for (const one of waiting) if (one.isDue()) one.go();
  };
  /** Resolves once it is so; asked after each change. */
  const until = async (isDue: () => boolean) => {
    if (failure) throw failure.error;
    if (isDue()) return;
    let one: Waiting;
    const due = new Promise<void>((go, stop) => waiting.add((one = { isDue, go, stop })));
    await due.finally(() => waiting.delete(one));
  };
  const addUp = (gradients: readonly Float32Array[], isLast: boolean) => {
    total ??= gradients.map(({ length }) => new Float32Array(length));
    total.forEach((sum, at) => {
      const summand = gradients[at]!;
      const into = isLast ? summand : sum;
      if (added === 0) into.set(summand);
      else for (let i = 0; i < sum.length; i++) into[i] = sum[i]! + summand[i]!;
    });
  };
  let gatherings: { readonly own: (readonly Float32Array[])[]; all?: readonly Float32Array[] }[] = [];
  const members = Array.from({ length: count }, (_, replica): BatchPeers & { begin(): void } => {
    let round = 0;
    let gathering = 0;
    const take = async (gradients: readonly Float32Array[], isLast: boolean) => {
      const place = round++ * count + replica;
      await until(() => added === place);
      stopped?.throwIfAborted(); // the processes beside this one add no more either
      if (!outer) addUp(gradients, isLast);
      else await (isLast ? outer.finish(gradients) : outer.add(gradients));
      added += 1;
      wake();
    };
    return {
      rank: replica * size + rank,
      size: count * size,
      borrows: outer?.borrows ?? false,
      begin: () => void ([round, gathering] = [0, 0]),
      add: (gradients) => take(gradients, false),
      finish: (gradients) => take(gradients, replica === count - 1),
      async gather(own) {
        const here = (gatherings[gathering++] ??= { own: [] });
        here.own[replica] = own;
        wake();
        await until(() => Object.keys(here.own).length === count);
        if (replica === 0) {
          const inOrder = own.flatMap((_each, at) => here.own.map((arrays) => arrays[at]!));
          here.all = outer ? await outer.gather(inOrder) : inOrder;
          wake();
        }
        await until(() => here.all !== undefined);
        return here.all!;
      },
    };
  });
  return {
    members,
    begin(signal) {
      [added, failure, gatherings, stopped] = [0, undefined, [], signal];
      members.forEach((each) => each.begin());
    },
    fail(error) {
      failure ??= { error };
      for (const one of waiting) one.stop(failure.error);
    },
  };
}
