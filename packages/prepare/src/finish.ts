import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { replaceFile } from '@m3ae/checkpoint/files';
import type { ChannelStatistics, Tokenizer } from '@m3ae/preprocess';
import { cardOf } from './card.js';
import { indexFile, type JournalEntry, type PrepareSettings, type Shard } from './journal.js';
import { addTotals, channelsOf, noTotals, type Totals } from './totals.js';

/** What `index.json` says of a data set. */
export interface PreparedIndex {
  readonly settings: PrepareSettings;
  readonly examples: number;
  readonly shards: readonly Shard[];
  readonly channels: ChannelStatistics;
  readonly totals: Omit<Totals, 'examples' | 'channelSums' | 'channelSquares' | 'pieces'>;
}

const jsonText = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const encoded = (text: string) => new TextEncoder().encode(text);

/** Word pieces and how often they occur, the most frequent first. */
function vocabularyText({ pieces }: Totals, tokenizer: Tokenizer): string {
  const counts = Object.entries(pieces)
    .sort(([id, count], [other, others]) => others - count || Number(id) - Number(other))
    .map(([id, count]) => [tokenizer.pieces([Number(id)])[0]!, count]);
  return jsonText({ tokenizer: 'bert-base-uncased', counts: Object.fromEntries(counts) as unknown });
}

function* droppedLines(entries: readonly JournalEntry[]): Generator<Uint8Array, void, void> {
  for (const { dropped } of entries)
    yield encoded(dropped.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** Writes what stands beside the shards, the index last. */
export async function writeCompanions(
  folder: string,
  settings: PrepareSettings,
  entries: readonly JournalEntry[],
  tokenizer: Tokenizer,
): Promise<PreparedIndex> {
  const totals = entries.reduce((sum, entry) => addTotals(sum, entry.totals), noTotals);
  const shards = entries.flatMap(({ shard }) => shard ?? []);
  const { examples, channelSums: _, channelSquares: __, pieces: ___, ...rest } = totals;
  const index = { settings, examples, shards, channels: channelsOf(totals), totals: rest };
  const write = async (file: string, chunks: Iterable<Uint8Array>) => ({
    file,
    ...(await replaceFile(join(folder, file), chunks)),
  });
  const companions = [
    await write('dropped.jsonl', droppedLines(entries)),
    await write('vocabulary.json', [encoded(vocabularyText(totals, tokenizer))]),
    await write('README.md', [encoded(cardOf(index))]),
  ];
  const text = jsonText(index);
  const own = { file: indexFile, sha256: createHash('sha256').update(text).digest('hex') };
  const sums = [...shards, ...companions, own].map(({ file, sha256 }) => `${sha256}  ${file}\n`);
  await write('SHA256SUMS', [encoded(sums.join(''))]);
  await write(indexFile, [encoded(text)]);
  return index;
}
