import { unusable } from '@m3ae/errors';
import { placeBeside } from '../bytes/file.js';
import { openStored, readWhole } from '../bytes/open-file.js';
import { storedName } from '../content/stored-names.js';
import type { StoredPicture } from '../decode.js';
import type { ParquetSource } from '../state.js';
import { openParquetFile, type ParquetFile, readRows } from './files.js';

/** Row groups that a thread keeps where examples are drawn at random, each of which needs its whole group. */
const keptGroups = 4;

/** The bytes of a picture: a value that is bytes, or a record with them. */
function bytesOf(value: unknown): Uint8Array | undefined {
  const bytes =
    value instanceof Uint8Array ? value : (value as { bytes?: unknown } | null | undefined)?.bytes;
  return bytes instanceof Uint8Array ? bytes : undefined;
}

/** Reads pictures out of the rows of Parquet files. */
export function parquetReader(
  source: ParquetSource,
): (index: number, near: boolean) => Promise<StoredPicture> {
  const { files, column, places, rows, nearGroups } = source;
  const opened = new Map<number, Promise<ParquetFile>>();
  const groups = new Map<string, Promise<readonly Readonly<Record<string, unknown>>[]>>();

  const groupOf = (
    id: string,
    near: boolean,
    read: () => Promise<readonly Readonly<Record<string, unknown>>[]>,
  ) => {
    const group = groups.get(id) ?? read();
    group.catch(() => groups.delete(id)); // its server may answer the next time
    groups.delete(id); // and behind the others, as the one used last
    groups.set(id, group);
    while (groups.size > (near ? nearGroups : keptGroups)) groups.delete(groups.keys().next().value!);
    return group;
  };

  return async (index, near) => {
    const place = places[index]!;
    const row = rows[index]!;
    const opening = opened.get(place) ?? openParquetFile(openStored(files[place]!));
    opened.set(place, opening);
    opening.catch(() => opened.delete(place)); // its server may answer the next time
    const file = await opening;
    const at = file.groupEnds.findIndex((end) => row < end);
    const start = at === 0 ? 0 : file.groupEnds[at - 1]!;
    const read = () => readRows(file, [column], start, file.groupEnds[at]!);
    const group = await groupOf(`${place} ${at}`, near, read);
    const name = storedName(source, index);
    const value = group[row - start]?.[column];
    const bytes = bytesOf(value);
    if (bytes) return { bytes, name };
    const path = (value as { readonly path?: unknown } | null | undefined)?.path;
    if (typeof path !== 'string') throw unusable(`${name} holds no picture in ${column}.`);
    return { bytes: await readWhole(placeBeside(file.path, path)), name };
  };
}
