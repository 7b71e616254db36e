import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { replaceFile } from '@m3ae/checkpoint/files';
import type { ChannelStatistics, Tokenizer } from '@m3ae/preprocess';
import { pluralize } from '@m3ae/errors';
import { indexFile, type JournalEntry, type PrepareSettings, type Shard } from './journal.js';
import { addTotals, channelsOf, noTotals, type Totals } from './totals.js';
import type { ResolvedPrepareOptions } from './options.js';
import { type DropReason, dropReasons } from './read-example.js';

/** What `index.json` says of a data set. */
export interface PreparedIndex {
  readonly settings: PrepareSettings;
  readonly examples: number;
  readonly shards: readonly Shard[];
  readonly channels: ChannelStatistics;
  readonly totals: Omit<Totals, 'examples' | 'channelSums' | 'channelSquares' | 'pieces'>;
}

/** What `prepareDataset` wrote. */
export interface PreparedDataset {
  readonly folder: string;
  /** Null where it was whole before. */
  readonly index: PreparedIndex | null;
  /** What was odd about the sources, in sentences. */
  readonly notes: readonly string[];
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

/** The card of a data set: what it is, where it is from, what was done, what it holds. */
function cardOf({ settings, examples, shards, channels, totals }: PreparedIndex): string {
  const { options, sources } = settings;
  const dropped = dropReasons.filter((reason) => totals.dropped[reason]);
  const classes = Object.entries(totals.classes);
  const set = Object.entries(options).filter(([, value]) => value !== null);
  const parts = [
    `# ${pluralize(examples, 'picture')}${totals.captions > 0 ? ' with captions' : ''}`,
    `${pluralize(shards.length, 'file')}, ${megabytes(shards)}. Written by \`npx @m3ae/trainer data prepare\`.`,
    '## Use',
    `\`\`\`sh\nsha256sum --check SHA256SUMS\nnpx @m3ae/trainer data inspect ${addressOf(
      options,
      shards.map(({ file }) => file),
    )}\n\`\`\``,
    '## Where it is from',
    table(
      ['source', 'examples'],
      sources.map(({ name, length }) => [name, number(length)]),
    ),
    'The rights are those of the sources: say here whose pictures these are and under which license.',
    '## How it was made',
    table(
      ['option', 'value'],
      set.map(([name, value]) => [name, String(value)]),
    ),
    '## What was left out',
    dropped.length === 0
      ? 'Nothing.'
      : `${table(
          ['reason', 'examples', 'meaning'],
          dropped.map((reason) => [reason, number(totals.dropped[reason]!), reasonWords[reason]]),
        )}\n\n\`dropped.jsonl\` names each.`,
    '## What it holds',
    table(
      ['figure', 'value'],
      [
        ['pictures', number(examples)],
        ['captions', number(totals.captions)],
        ['words of a caption, on average', (totals.captionWords / Math.max(1, totals.captions)).toFixed(1)],
        ['pictures without a caption', number(totals.withoutCaption)],
        ['classes', number(classes.length)],
        ['channel mean', rounded(channels.mean)],
        ['channel deviation', rounded(channels.std)],
      ],
    ),
    ...(classes.length === 0
      ? []
      : [
          '## Classes',
          table(
            ['class', 'pictures'],
            classes.map(([name, count]) => [name, number(count)]),
          ),
        ]),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** What the reasons mean, with the limits that were set. */
const reasonWords: Readonly<Record<DropReason, string>> = {
  unreadable: 'file damaged or no picture',
  small: 'picture too small',
  elongated: 'picture too long and narrow',
  caption: 'every caption against a rule',
  duplicate: 'looks like an earlier picture',
};

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

function addressOf({ to }: ResolvedPrepareOptions, files: readonly string[]): string {
  const pattern = files.length === 1 ? files[0]! : files[0]!.replace(/\d+/, '*');
  return `${to}:${pattern}`;
}

const number = (value: number) => value.toLocaleString('en');
const megabytes = (shards: readonly Shard[]) =>
  `${(shards.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(1)} MB`;
const rounded = (values: readonly number[]) => values.map((value) => value.toFixed(4)).join(', ');

/** What `prepareDataset` did, in lines for a person: notes, what was written where, and what was left out for which reason. */
export function preparedLines({ folder, index, notes }: PreparedDataset): string[] {
  if (index === null) return [...notes, `${folder} is whole already.`];
  const { examples, shards, totals } = index;
  const dropped = Object.entries(totals.dropped);
  return [
    ...notes,
    `${pluralize(examples, 'picture')} in ${pluralize(shards.length, 'file')}, ${megabytes(shards)}: ${folder}`,
    ...dropped.map(([reason, count]) => `  left out, ${reason}: ${number(count)}`),
    ...(dropped.length > 0 ? [`  each with its reason: ${folder}/dropped.jsonl`] : []),
  ];
}
