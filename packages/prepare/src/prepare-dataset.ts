import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestFile, partName } from '@m3ae/checkpoint/files';
import type { Address, Dataset, DatasetSpec } from '@m3ae/datasets';
import { unusable } from '@m3ae/errors';
import { createTokenizer, type Tokenizer } from '@m3ae/preprocess';
import { key, permutation } from '@m3ae/random';
import { createDuplicateFinder, printFrom, printText } from './duplicates.js';
import { type PreparedDataset, writeCompanions } from './companions.js';
import { type Journal, openJournal, type PrepareSettings, type Shard } from './journal.js';
import {
  type OnPrepareProgress,
  type PrepareOptions,
  type ResolvedPrepareOptions,
  resolvePrepareOptions,
} from './options.js';
import { type Candidate, type Dropped, exampleReader, type PreparedExample } from './read-example.js';
import { shardKinds, type ShardLayout, type ShardWriter } from './shards.js';
import { inOrder, openSources, type Sources } from './sources.js';
import { createTally } from './totals.js';

/**
 * Writes sources as one data set: filtered, made smaller, in shards of one size, with an index, checksums, channel statistics,
 * counts of word pieces, a list of what was left out, and a card. A call that was killed goes on at its last whole shard, and
 * ends with the same bytes.
 *
 * @param sources - Specs, addresses or open datasets of pictures; one after the other.
 * @param onProgress - Told how many examples are done.
 * @throws InvalidInput if an option or source cannot be used, or the folder holds another data set.
 *
 * @example
 * ```ts
 * await prepareDataset(['folder:photos'], { out: 'data/photos', to: 'webdataset', shorterSide: 256, minSide: 64 });
 * const photos = await openDataset('webdataset:data/photos/*.tar');
 * ```
 */
export async function prepareDataset(
  sources: readonly (Address | DatasetSpec | Dataset)[],
  options: PrepareOptions,
  onProgress: OnPrepareProgress = () => {},
): Promise<PreparedDataset> {
  const resolved = resolvePrepareOptions(options);
  const opened = await openSources(sources, onProgress);
  const { fingerprint, parts, notes } = opened;
  const settings: PrepareSettings = { format: 'm3ae-data-1', fingerprint, sources: parts, options: resolved };
  const journal = await openJournal(options.out, settings);
  const folder = options.out;
  if (journal === null) return { folder, index: null, notes };
  const tokenizer = createTokenizer();
  await writeShards(folder, opened, resolved, journal, tokenizer, onProgress);
  if (journal.entries.every(({ shard }) => shard === undefined))
    throw unusable(
      `No example of ${opened.length} is left. Loosen the rules; ${folder}/.prepare says why each was dropped.`,
    );
  const index = await writeCompanions(folder, settings, journal.entries, tokenizer);
  await journal.remove();
  return { folder, index, notes };
}

/** Writes the shards that are not there yet. */
async function writeShards(
  folder: string,
  sources: Sources,
  options: ResolvedPrepareOptions,
  journal: Journal,
  tokenizer: Tokenizer,
  onProgress: OnPrepareProgress,
): Promise<void> {
  const { shuffleSeed, duplicateBits, shardMegabytes } = options;
  const order = shuffleSeed === null ? undefined : permutation(key(shuffleSeed), sources.length);
  const isDuplicate = duplicateChecker(duplicateBits, journal, sources);
  const read = exampleReader(sources, options);
  const { classNames, hasGroups } = sources;
  const layout = { classNames, hasGroups, partition: options.partition };
  let shard = openStretch(folder, options, journal, layout, tokenizer);
  const from = journal.entries.at(-1)?.next ?? 0;
  const examples = inOrder(from, sources.length, (at) => read(order ? order[at]! : at));
  try {
    for await (const [at, result] of examples) {
      const dropped = 'reason' in result ? result : isDuplicate(result);
      if (dropped) shard.drop(dropped);
      else await shard.keep(result as Candidate); // no Dropped, as it has no reason
      if (shard.bytes() >= shardMegabytes * 1e6) {
        await shard.close(at + 1);
        shard = openStretch(folder, options, journal, layout, tokenizer);
      }
      onProgress('Preparing pictures', at + 1, sources.length);
    }
    if (from < sources.length) await shard.close(sources.length);
  } catch (error) {
    await shard.discard();
    throw error;
  }
}

/** Says which pictures look like one that is kept; those of shards that are done are known from the journal. */
function duplicateChecker(bits: number | null, { entries }: Journal, sources: Sources) {
  const finder = createDuplicateFinder(bits ?? 0);
  for (const { prints } of entries) for (const [index, print] of prints) finder.add(printFrom(print), index);
  return ({ example: { index, place }, print }: Candidate): Dropped | undefined => {
    if (bits === null) return undefined;
    const earlier = finder.find(print);
    if (earlier === undefined) {
      finder.add(print, index);
      return undefined;
    }
    const detail = `looks like ${sources.at(earlier).place}`;
    return { index, place, reason: 'duplicate', detail };
  };
}

/** Collects the examples of the next shard, and what is dropped between them. */
function openStretch(
  folder: string,
  { to, duplicateBits }: ResolvedPrepareOptions,
  journal: Journal,
  layout: ShardLayout,
  tokenizer: Tokenizer,
) {
  const written = journal.entries.filter(({ shard }) => shard).length;
  const file = `shard-${String(written).padStart(5, '0')}${shardKinds[to].ending}`;
  const path = join(folder, file);
  const part = partName(path);
  const tally = createTally(tokenizer);
  const dropped: Dropped[] = [];
  const prints: [number, string][] = [];
  let writer: ShardWriter | undefined;
  let bytes = 0;
  const finishFile = async (): Promise<Shard> => {
    await writer!.close();
    writer = undefined;
    const handle = await open(part, 'r+');
    await handle.sync(); // before the journal says that the shard is there
    await handle.close();
    const sha256 = await digestFile(part);
    await rename(part, path);
    return { file, examples: tally.totals().examples, bytes: (await stat(path)).size, sha256 };
  };
  return {
    bytes: () => bytes,
    drop(example: Dropped) {
      dropped.push(example);
      tally.drop(example);
    },
    async keep({ example, image, print }: Candidate) {
      if (!writer) {
        await rm(part, { force: true });
        writer = await shardKinds[to].open(part, layout);
      }
      await writer.add(example);
      tally.keep(example, image);
      if (duplicateBits !== null) prints.push([example.index, printText(print)]);
      bytes += sizeOf(example);
    },
    /** Removes the file of a shard that cannot be finished. */
    async discard() {
      await writer?.close().catch(() => {}); // another fault was first
      await rm(part, { force: true });
    },
    /** @param next - The first example behind, in the order of writing. */
    async close(next: number) {
      const shard = writer && (await finishFile());
      await journal.add({ next, ...(shard && { shard }), totals: tally.totals(), dropped, prints });
    },
  };
}

const sizeOf = ({ picture, captions }: PreparedExample) =>
  captions.reduce((sum, caption) => sum + Buffer.byteLength(caption), picture.length);
