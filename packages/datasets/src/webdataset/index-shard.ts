import type { ByteFile } from '../bytes/file.js';
import { withWindows } from '../bytes/windows.js';
import type { ColumnKeys } from '../folder/columns.js';
import { countingDecoder } from '../folder/count-encodings.js';
import type { DatasetNote } from '../notes.js';
import type { RecordTexts } from '../records/collect.js';
import { dottedField, pictureField, samplesOf } from './samples.js';
import { tarMembers } from './tar.js';
import { textsReader } from './texts.js';

/** A picture of an archive, with what stands beside it. */
export interface IndexedSample {
  readonly key: string;
  /** The ending by which its picture was found. */
  readonly field: string;
  /** Where the picture lies in the archive. */
  readonly start: number;
  readonly length: number;
  readonly texts: Omit<RecordTexts, 'name'>;
}

/** Changes with what {@link indexShard} finds, so that what was kept before is not taken for it. */
export const indexFormat = 3;

/** What an archive holds; plain data. */
export interface ShardIndex {
  readonly samples: readonly IndexedSample[];
  /** Keys of samples without a picture. */
  readonly half: readonly string[];
  /** Pictures with a dot more in their name. */
  readonly dotted: readonly string[];
  /** Keys that came again behind others. */
  readonly repeated: readonly string[];
  /** Texts that are not UTF-8. */
  readonly invalid: DatasetNote;
  /** Endings of samples with a picture, and keys of their `json` where it was read. */
  readonly names: readonly string[];
  /** Endings of samples without a picture, for a message. */
  readonly other: readonly string[];
}

/**
 * Reads the headers and texts of an archive, and of pictures only where they lie.
 *
 * @param path - What to call it in messages.
 */
export async function indexShard(file: ByteFile, path: string, keys: ColumnKeys): Promise<ShardIndex> {
  const near = withWindows(file);
  const decoder = countingDecoder();
  const met = new Set<string>();
  const readTexts = textsReader(near, path, keys, decoder, met);
  const samples: IndexedSample[] = [];
  const half: string[] = [];
  const dotted: string[] = [];
  const repeated: string[] = [];
  const other = new Set<string>();
  const seen = new Set<string>();
  for await (const sample of samplesOf(tarMembers(near))) {
    const { key } = sample;
    if (seen.has(key)) repeated.push(key);
    seen.add(key);
    const odd = keys.imageKey === undefined ? dottedField(sample) : undefined;
    if (odd !== undefined) dotted.push(`${key}.${odd}`);
    const field = pictureField(sample, keys.imageKey);
    if (field === undefined) {
      half.push(key);
      for (const name of sample.fields.keys()) other.add(name);
      continue;
    }
    const { start, length } = sample.fields.get(field)!;
    samples.push({ key, field, start, length, texts: await readTexts(sample) });
  }
  return { samples, half, dotted, repeated, invalid: decoder.note(), names: [...met], other: [...other] };
}
