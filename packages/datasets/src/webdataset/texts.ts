import { messageOf, unusable } from '@m3ae/errors';
import type { ReadableFile } from '../bytes/windows.js';
import { oneLine, textOf } from '../folder/caption-row.js';
import { type ColumnKeys, columnsOf } from '../folder/columns.js';
import type { CountingDecoder } from '../folder/count-encodings.js';
import { withoutMark } from '../folder/read-text.js';
import type { RecordTexts } from '../records/collect.js';
import type { TarSample } from './samples.js';
import type { TarMember } from './tar.js';

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
export function textsReader(
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
