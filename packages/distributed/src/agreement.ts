import { faultOf, throwFaults } from '@m3ae/errors';
import type { Communicator } from './communicator.js';

/** What must be the same everywhere, by name: a digest of the config, a version, a data fingerprint. */
export type Facts = Readonly<Record<string, string>>;

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
  const wanted = JSON.parse(reference!) as Facts;
  const ranksOf = new Map<string, { name: string; received: string | undefined; ranks: number[] }>();
  for (const [index, text] of others.entries()) {
    const found = JSON.parse(text) as Facts;
    for (const name of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
      if (found[name] === wanted[name]) continue;
      const key = JSON.stringify([name, found[name]]);
      const entry = ranksOf.get(key) ?? { name, received: found[name], ranks: [] };
      entry.ranks.push(index + 1);
      ranksOf.set(key, entry);
    }
  }
  throwFaults(
    [...ranksOf.values()].map(({ name, received, ranks }) =>
      faultOf(
        `${name} of ${namesOf(ranks)}`,
        `that of rank 0, ${wanted[name] ?? 'nothing'}`,
        received,
        'Give every machine the same files, versions and command line.',
      ),
    ),
    'The ranks do not agree',
  );
}

function namesOf(ranks: readonly number[]): string {
  if (ranks.length === 1) return `rank ${ranks[0]}`;
  const shown = ranks.slice(0, 8).join(', ');
  return ranks.length > 8 ? `ranks ${shown} and ${ranks.length - 8} more` : `ranks ${shown}`;
}

/** The texts of all ranks, in their order. */
export async function gatherText(communicator: Communicator, text: string): Promise<string[]> {
  const { rank, size } = communicator;
  const own = new TextEncoder().encode(text);
  const lengths = new Uint8Array(4 * size);
  const view = new DataView(lengths.buffer);
  view.setUint32(4 * rank, own.length);
  await communicator.allGather(lengths);
  const all = Array.from({ length: size }, (_, each) => view.getUint32(4 * each));
  const longest = Math.max(...all);
  const bytes = new Uint8Array(longest * size);
  bytes.set(own, longest * rank);
  if (longest > 0) await communicator.allGather(bytes);
  const decoder = new TextDecoder();
  return all.map((length, each) => decoder.decode(bytes.subarray(longest * each, longest * each + length)));
}
