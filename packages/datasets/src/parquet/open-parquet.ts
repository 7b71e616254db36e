import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import { unusable } from '@m3ae/errors';
import { type ByteFile, datasetName, isRemote, nameOf, placeBeside, storedOf } from '../bytes/file.js';
import { createNumberList, createTextPacker } from '../content/packed-texts.js';
import { captionNotes, classFault, collectRecords, recordFacts } from '../content/records.js';
import { amountToKeep } from '../content/shards.js';
import { createListDataset } from '../create-dataset.js';
import type { Dataset, OnProgress } from '../dataset.js';
import { joinNotes } from '../folder/encoding.js';
import { columnNotes, type DatasetNote } from '../notes.js';
import { type ParquetSpec, resolveParquetSpec } from '../packed-specs.js';
import { findFiles } from '../source/find-files.js';
import { readReachable, unreachableNotes } from '../source/unreachable.js';
import type { ListContent } from '../state.js';
import { type Layout, readParquetTexts } from './read-texts.js';

/**
 * Opens Parquet files. Captions and classes are read at once; pictures with their row group when they are asked for, in any
 * order.
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
  const readTexts = (file: ByteFile) => readParquetTexts(file, resolved);
  const onRead = (done: number, total: number) => onProgress(done, total, 'Reading files');
  for await (const { place, file, read } of readReachable(found.files, readTexts, unreachable, onRead)) {
    const { address } = file;
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
  const columns = records.finish();
  const { captions, captionEnds, groups, length, names } = columns;
  if (length === 0) throw unusable(`${found.files[0]!.address} holds no rows.`);
  const { layout } = first!; // of the file that a row came from
  const unlabeled = classFault(columns, 'Fill the column.');
  if (unlabeled) throw unusable(unlabeled);
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
    ...recordFacts(columns),
    name: datasetName('parquet', first!, total),
    fingerprint: hash.digest('hex'),
    ...(shuffle === 'window' && !layout.isPath && { shards: { ends: groupEnds, window } }),
    notes: [
      ...notReached,
      ...joinNotes(invalid),
      ...columnNotes(layout.called, first!.address),
      ...captionNotes(columns),
    ],
  };
  return createListDataset(facts, { type: 'list', captions, captionEnds, groups, pictures });
}

/** A picture that a file names; a path counts from the folder that the program runs in. */
function pictureBeside(address: string, name: string): string {
  const place = placeBeside(address, name);
  return isRemote(place) ? place : relative(process.cwd(), place);
}
