import { deserialize, serialize } from 'node:v8';
import { faultOf, listSome, messageOf, throwFaults } from '@m3ae/errors';
import type { Communicator } from './communicator.js';

/** What must be the same everywhere, by name: a digest of the config, a version, a data fingerprint. */
export type Facts = Readonly<Record<string, string>>;

/**
 * What plain data hold, by path: the facts of {@link requireAgreement}.
 *
 * @param path - Put before the paths.
 *
 * @example
 * ```ts
 * factsOf({ seed: 0, image: { size: 224 } }, 'config'); // { 'config.seed': '0', 'config.image.size': '224' }
 * ```
 */
export function factsOf(value: unknown, path = ''): Facts {
  const leavesOf = (inner: unknown, at: string): [string, string][] => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner))
      return [[at, JSON.stringify(inner)]];
    return Object.entries(inner).flatMap(([name, each]) =>
      leavesOf(each, at === '' ? name : `${at}.${name}`),
    );
  };
  return Object.fromEntries(leavesOf(value, path));
}

/**
 * Compares facts of all ranks, before anything is trained.
 *
 * @throws InvalidInput on every rank, with a line for each rank and fact that differs from rank 0's; ranks with the same fault
 * are named together.
 *
 * @example
 * ```ts
 * await requireAgreement(communicator, { config: sha256(config), version: '1.2.0' });
 * ```
 */
export async function requireAgreement(communicator: Communicator, facts: Facts): Promise<void> {
  const [reference, ...others] = await gatherText(communicator, JSON.stringify(facts));
  const wanted: Facts = JSON.parse(reference!);
  const ranksOf = new Map<string, { name: string; received: string | undefined; ranks: number[] }>();
  for (const [index, text] of others.entries()) {
    const found: Facts = JSON.parse(text);
    for (const name of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
      if (found[name] === wanted[name]) continue;
      const key = JSON.stringify([name, found[name]]);
      const entry = ranksOf.get(key) ?? { name, received: found[name], ranks: [] };
      entry.ranks.push(index + 1);
      ranksOf.set(key, entry);
    }
  }
  throwFaults(
    [...ranksOf.values()].map(({ name, received = 'nothing', ranks }) => ({
      path: `${name} of ${namesOf(ranks)}`,
      rule: `that of rank 0, ${wanted[name] ?? 'nothing'}`,
      received,
      remedy: 'Give every machine the same files, versions and command line.',
    })),
    'The ranks do not agree',
  );
}

/**
 * Does on every rank what may fail on some, such as opening data: all go on, or all end with the same words.
 *
 * @returns What `body` gave on this rank.
 * @throws The error of this rank if all have the same; else InvalidInput with the message of each rank that failed.
 */
export async function succeedTogether<Result>(
  communicator: Communicator,
  body: () => Promise<Result>,
): Promise<Result> {
  if (communicator.size === 1) return body();
  const outcome = await body().then(
    (value) => ({ value }),
    (error: unknown) => ({ error, message: messageOf(error) }),
  );
  const messages = await gatherText(communicator, 'message' in outcome ? outcome.message || 'failed' : '');
  const ranksOf = new Map<string, number[]>();
  for (const [rank, message] of messages.entries()) {
    if (message !== '') ranksOf.set(message, [...(ranksOf.get(message) ?? []), rank]);
  }
  const [first] = ranksOf.values();
  if ('error' in outcome && first?.length === communicator.size) throw outcome.error;
  throwFaults(
    [...ranksOf].map(([message, ranks]) =>
      faultOf(
        namesOf(ranks),
        'able to begin, as the others are',
        message,
        'Mend that machine, or leave it out.',
      ),
    ),
  );
  return (outcome as { readonly value: Result }).value; // a failure has a message, so it was thrown above
}

/** The text of rank 0, everywhere; what the others pass is not read. */
export async function broadcastText(communicator: Communicator, text = ''): Promise<string> {
  const own = new TextEncoder().encode(text);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, own.length);
  await communicator.broadcast(length);
  const bytes = communicator.rank === 0 ? own : new Uint8Array(new DataView(length.buffer).getUint32(0));
  await communicator.broadcast(bytes);
  return new TextDecoder().decode(bytes);
}

/**
 * Puts every rank where rank 0 stands.
 *
 * @param plain - What JSON takes; that of rank 0 is returned.
 * @param arrays - Of the same lengths and in the same order on all ranks; those of rank 0 are written into them.
 *
 * @example
 * ```ts
 * const { step } = await broadcastState(communicator, { step: 0 }, weights); // weights: Float32Array[]
 * ```
 */
export async function broadcastState<Plain>(
  communicator: Communicator,
  plain: Plain,
  arrays: Iterable<ArrayBufferView>,
): Promise<Plain> {
  const shared: Plain = JSON.parse(await broadcastText(communicator, JSON.stringify(plain)));
  for (const { buffer, byteOffset, byteLength } of arrays) {
    await communicator.broadcast(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return shared;
}

function namesOf(ranks: readonly number[]): string {
  return ranks.length === 1 ? `rank ${ranks[0]}` : `ranks ${listSome(ranks.map(String), 8)}`;
}

/** The texts of all ranks, in their order. */
export async function gatherText(communicator: Communicator, text: string): Promise<string[]> {
  const decoder = new TextDecoder();
  const all = await gatherBytes(communicator, new TextEncoder().encode(text));
  return all.map((bytes) => decoder.decode(bytes));
}

/**
 * What each rank passes, in their order: plain objects and typed arrays, as the structured clone algorithm takes them.
 * All ranks must run one version of Node.
 */
export async function gatherValues<Value>(communicator: Communicator, value: Value): Promise<Value[]> {
  if (communicator.size === 1) return [value];
  return (await gatherBytes(communicator, serialize(value))).map((bytes) => deserialize(bytes) as Value);
}

/** Ranks that share the work of an evaluation, as `peers` of `@m3ae/evaluation` takes them; nothing where one process is alone. */
export function gatheringPeers(communicator: Communicator) {
  const { rank, size } = communicator;
  if (size === 1) return undefined;
  return {
    rank,
    size,
    /** The values of all ranks, in their order. */
    gather: <Value>(own: Value) => gatherValues(communicator, own),
  };
}

/** The bytes of all ranks, in their order; of different lengths, perhaps. */
async function gatherBytes({ rank, size, allGather }: Communicator, own: Uint8Array): Promise<Uint8Array[]> {
  const lengths = new Uint8Array(4 * size);
  const view = new DataView(lengths.buffer);
  view.setUint32(4 * rank, own.length);
  await allGather(lengths);
  const all = Array.from({ length: size }, (_, each) => view.getUint32(4 * each));
  const longest = Math.max(...all);
  const bytes = new Uint8Array(longest * size);
  bytes.set(own, longest * rank);
  if (longest > 0) await allGather(bytes);
  return all.map((length, each) => bytes.subarray(longest * each, longest * each + length));
}
