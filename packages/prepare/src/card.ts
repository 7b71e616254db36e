import { pluralize } from '@m3ae/errors';
import type { PreparedIndex } from './finish.js';
import type { ResolvedPrepareOptions } from './options.js';
import { type DropReason, dropReasons } from './read-example.js';

const number = (value: number) => value.toLocaleString('en');
const rounded = (values: readonly number[]) => values.map((value) => value.toFixed(4)).join(', ');

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What the reasons mean, with the limits that were set. */
const reasonWords: Readonly<Record<DropReason, string>> = {
  unreadable: 'file damaged or no picture',
  small: 'picture too small',
  elongated: 'picture too long and narrow',
  caption: 'every caption against a rule',
  duplicate: 'looks like an earlier picture',
};

function addressOf({ to }: ResolvedPrepareOptions, files: readonly string[]): string {
  const pattern = files.length === 1 ? files[0]! : files[0]!.replace(/\d+/, '*');
  return `${to}:${pattern}`;
}

/** The card of a data set: what it is, where it is from, what was done, what it holds. */
export function cardOf({ settings, examples, shards, channels, totals }: PreparedIndex): string {
  const { options, sources } = settings;
  const bytes = shards.reduce((sum, shard) => sum + shard.bytes, 0);
  const dropped = dropReasons.filter((reason) => totals.dropped[reason]);
  const classes = Object.entries(totals.classes);
  const set = Object.entries(options).filter(([, value]) => value !== null);
  const parts = [
    `# ${pluralize(examples, 'picture')}${totals.captions > 0 ? ' with captions' : ''}`,
    `${pluralize(shards.length, 'file')}, ${(bytes / 1e6).toFixed(1)} MB. Written by \`npx @m3ae/trainer data prepare\`.`,
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
