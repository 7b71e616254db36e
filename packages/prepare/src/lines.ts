import { pluralize } from '@m3ae/errors';
import type { Inspection } from './inspect/inspection.js';
import type { PreparedDataset } from './prepare-dataset.js';

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** What `prepareDataset` did, in lines for a person: notes, what was written where, and what was left out for which reason. */
export function preparedLines({ folder, index, notes }: PreparedDataset): string[] {
  if (index === null) return [...notes, `${folder} is whole already.`];
  const { examples, shards, totals } = index;
  const bytes = shards.reduce((sum, shard) => sum + shard.bytes, 0);
  const dropped = Object.entries(totals.dropped);
  return [
    ...notes,
    `${pluralize(examples, 'picture')} in ${pluralize(shards.length, 'file')}, ${megabytes(bytes)}: ${folder}`,
    ...dropped.map(([reason, count]) => `  left out, ${reason}: ${count.toLocaleString('en')}`),
    ...(dropped.length > 0 ? [`  each with its reason: ${folder}/dropped.jsonl`] : []),
  ];
}

/** What `inspectSources` found, in lines for a person: how much there is, what is odd, what cannot be read. */
export function inspectionLines({ examples, captions, classes, notes, pictures }: Inspection): string[] {
  const { read, unreadable, duplicates } = pictures;
  const counted = [
    pluralize(examples, 'example'),
    pluralize(captions.count, 'caption'),
    pluralize(classes.length, 'class'),
  ];
  return [
    counted.join(', '),
    ...notes.map((note) => `  ${note}`),
    `Of ${pluralize(read + unreadable.count, 'picture')}: ${unreadable.count.toLocaleString('en')} unreadable, ${duplicates.count.toLocaleString('en')} like an earlier one`,
  ];
}
