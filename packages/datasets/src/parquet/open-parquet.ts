import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import { pluralize, unusable } from '@m3ae/errors';
import { nameOf } from '../bytes/cache.js';
import { isRemote, placeBeside, storedOf } from '../bytes/file.js';
import { Unreachable, unreachableOf } from '../bytes/retry.js';
import { areEmpty, createNumberList, createTextPacker } from '../content/packed-texts.js';
import { amountToKeep } from '../content/shards.js';
import { createListDataset } from '../create-dataset.js';
import type { Dataset, OnProgress } from '../dataset.js';
import { joinNotes } from '../folder/encoding.js';
import { streamInOrder } from '../parallel.js';
import type { DatasetNote } from '../notes.js';
import { collectRecords } from '../content/records.js';
import { findFiles, unreachableNotes } from '../source/find-files.js';
import type { ListContent } from '../state.js';
import { type Layout, readParquetTexts } from './read-texts.js';
import { type ParquetSpec, resolveParquetSpec } from './spec.js';

/** Files that are read at a time; their texts are held until those before are there. */
const parallelFiles = 4;

/**
 * Opens Parquet files. Captions and classes are read at once; pictures with their row group when they are asked for, in any
 * order.
 *
 * @param onProgress - Told how many files are read.
 * @throws InvalidInput if an option is unknown or out of range, a file is missing or damaged, or has no column of pictures.
 *
 * @example
 * ```ts
 * const photos = await openParquet({ kind: 'parquet', files: 'data/train-*.parquet' });
 * ```
 */
export async function openParquet(spec: ParquetSpec, onProgress: OnProgress = () => {}): Promise<Dataset> {
  const resolved = resolveParquetSpec(spec);
  const found = await findFiles([resolved.files].flat());
  const unreachable = [...found.unreachable];
  const invalid: DatasetNote[] = [];
  const records = collectRecords();
  const [places, rows] = [createNumberList(Int32Array), createNumberList(Int32Array)];
  const ends = createNumberList(Int32Array);
  let before = 0;

  const pictureFiles = createTextPacker();
  const hash = createHash('sha256');
  let first: { readonly address: string; readonly layout: Layout } | undefined;
  const reading = streamInOrder(
    found.files,
    (file) => readParquetTexts(file, resolved).catch(unreachableOf),
    parallelFiles,
  );
  let place = -1;
  for await (const read of reading) {
    const file = found.files[++place]!;
    const { address } = file;
    onProgress(place + 1, found.files.length, 'Reading files');
    if (read instanceof Unreachable) {
      unreachable.push(read);
      continue;
    }
    const { layout } = read;
    invalid.push(read.invalid);
    first ??= { address, layout };
    if (layout.image !== first.layout.image || layout.isPath !== first.layout.isPath)
      throw unusable(
        `${address} must have the columns of ${first.address}; it has others. Open them one by one.`,
      );
    hash.update(JSON.stringify([nameOf(file), file.size]));
    for (const [row, { name, ...texts }] of read.records.entries()) {
      records.add({ ...texts, name });
      hash.update(JSON.stringify([name, texts]));
      if (layout.isPath) pictureFiles.add(pictureBeside(address, name));
      places.add(place);
      rows.add(row);
    }
    for (const end of read.groupEnds) ends.add(before + end);
    before += read.records.length;
  }
  const total = found.files.length + found.unreachable.length;
  const notReached = unreachableNotes(unreachable, total, resolved.maxBadShare);
  const { captions, captionEnds, groups, labels, classNames, length, names, withoutCaption, withoutLabel } =
    records.finish();
  if (length === 0) throw unusable(`${found.files[0]!.address} holds no rows.`);
  const { layout } = first!; // of the file that a row came from
  if (labels && withoutLabel > 0)
    throw unusable(
      `${pluralize(withoutLabel, 'picture has', 'pictures have')} no class, and others have. Fill the column.`,
    );
  const isPaired = !areEmpty(captions);
  const { maxPixels, shuffle, window } = resolved;
  const groupEnds = ends.finish();
  const pictures: ListContent['pictures'] = layout.isPath
    ? {
        type: 'files',
        folder: process.cwd(),
        files: pictureFiles.finish(),
        places: Int32Array.from({ length }, (_, at) => at),
        maxPixels,
      }
    : {
        type: 'parquet',
        files: found.files.map(storedOf),
        column: layout.image,
        places: places.finish(),
        rows: rows.finish(),
        names,
        nearGroups: amountToKeep(window, groupEnds.length / length, 1),
        maxPixels,
      };
  const facts = {
    name: `parquet/${nameOf(first!)}${total > 1 ? ` and ${total - 1} more` : ''}`,
    kind: isPaired ? ('paired' as const) : ('image' as const),
    length,
    fingerprint: hash.digest('hex'),
    ...(labels && { labels, classNames }),
    ...(shuffle === 'window' && !layout.isPath && { shards: { ends: groupEnds, window } }),
    notes: [
      ...notReached,
      ...joinNotes(invalid),
      ...(layout.called === ''
        ? []
        : [{ code: 'guessed-columns' as const, count: 1, detail: layout.called, places: [first!.address] }]),
      ...(isPaired && withoutCaption > 0
        ? [{ code: 'missing-caption' as const, count: withoutCaption, places: [] }]
        : []),
    ],
  };
  return createListDataset(facts, { type: 'list', captions, captionEnds, groups, pictures });
}

/** A picture that a file names; a path counts from the folder that the program runs in. */
function pictureBeside(address: string, name: string): string {
  const place = placeBeside(address, name);
  return isRemote(place) ? place : relative(process.cwd(), place);
}
