import { messageOf, unusable } from '@m3ae/errors';
import { type ReadableFile, withWindows } from '../bytes/chunks.js';
import type { ByteFile } from '../bytes/file.js';
import type { RecordTexts } from '../content/records.js';
import { columnsOf, oneLine, textOf } from '../folder/columns.js';
import { type CountingDecoder, countingDecoder } from '../folder/encoding.js';
import { withoutMark } from '../folder/read-text.js';
import type { DatasetNote } from '../notes.js';
import type { ColumnKeys } from '../spec-rules.js';
import { dottedField, pictureField, samplesOf, type TarMember, tarMembers, type TarSample } from './tar.js';

/** A picture of an archive, with what stands beside it. */
interface IndexedSample {
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
interface ShardIndex {
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

/** A caption of more bytes is none. */
const mostTextBytes = 1 << 20;

/**
 * Makes the function that reads captions and class of a sample: from `txt` or `caption`, else from the keys of `json`; the
 * class from `cls`, else from `json`.
 *
 * @param file - The archive.
 * @param path - What to call it.
 * @param met - Is given the endings, and the keys of `json` where it is read.
 * @param decoder - Told of texts that are not UTF-8.
 */
function textsReader(
  file: ReadableFile,
  path: string,
  keys: ColumnKeys,
  decoder: CountingDecoder,
  met: Set<string>,
) {
  const read = async (member: TarMember): Promise<string> => {
    if (member.length > mostTextBytes)
      throw unusable(
        `${path}, ${member.name} must be a text of at most 1 MB; it has ${member.length} bytes.`,
      );
    const bytes = await file.read(member.start, member.length);
    return withoutMark(decoder.decode(bytes, () => `${path}, ${member.name}`));
  };
  const readJson = async (member: TarMember): Promise<Readonly<Record<string, unknown>>> => {
    try {
      return JSON.parse(await read(member)) as Record<string, unknown>;
    } catch (error) {
      throw unusable(`${path}, ${member.name} is not JSON: ${messageOf(error)}. Write one object a file.`, {
        cause: error,
      });
    }
  };
  const memberOf = ({ fields }: TarSample, key: string | undefined, names: readonly string[]) =>
    key === undefined ? names.map((name) => fields.get(name)).find(Boolean) : fields.get(key.toLowerCase());

  return async (sample: TarSample): Promise<Omit<RecordTexts, 'name'>> => {
    const text = memberOf(sample, keys.captionKey, ['txt', 'caption']);
    const cls = memberOf(sample, keys.labelKey, ['cls']);
    const member = keys.groupKey === undefined ? undefined : memberOf(sample, keys.groupKey, []);
    const json = sample.fields.get('json');
    const isNeeded = !text || !cls || (keys.groupKey !== undefined && !member);
    const record = json && isNeeded ? await readJson(json) : {};
    const names = Object.keys(record);
    for (const name of [...sample.fields.keys(), ...names]) met.add(name);
    const found = columnsOf(names, { ...keys, imageKey: undefined });
    const caption = text ? oneLine(await read(text)) : record[names[found.caption]!];
    const label = cls ? (await read(cls)).trim() : record[names[found.label]!];
    const group = textOf(member ? (await read(member)).trim() : record[names[found.group]!]);
    const captions = (Array.isArray(caption) ? caption : [caption]).filter(
      (each) => typeof each === 'string',
    );
    return {
      captions: captions.map(oneLine),
      ...(textOf(label) !== undefined && { label: textOf(label) }),
      ...(group !== undefined && { group }),
    };
  };
}
