import { unusable } from '@m3ae/errors';
import { lookUpFile } from '../bytes/open-file.js';
import { type CaptionFile, captionRow } from '../folder/caption-row.js';
import type { ColumnKeys } from '../folder/columns.js';
import { createFaultCounter } from '../folder/fault-counter.js';
import { readParquetTexts } from './read-texts.js';
import { resolveParquetSpec } from './spec.js';

/**
 * Reads a Parquet file that names the pictures of its folder, as the Hugging Face library's `metadata.parquet` does.
 *
 * @param path - Where it lies.
 * @param name - What to call it in messages.
 */
export async function openParquetCaptions(
  path: string,
  name: string,
  { imageKey, captionKey, labelKey, groupKey }: ColumnKeys,
): Promise<CaptionFile> {
  const file = (await lookUpFile(path))!; // the listing of the folder named it
  const spec = resolveParquetSpec({ kind: 'parquet', files: path, imageKey, captionKey, labelKey, groupKey });
  const { layout, records, invalid } = await readParquetTexts(file, spec);
  if (!layout.isPath) {
    throw unusable(
      `${path} must name the pictures of its folder; it holds them itself. Read it with parquet:${path}.`,
    );
  }
  const placeOf = (number: number): string => `${name}, row ${number}`;
  const { called } = layout;
  return {
    placeOf,
    columns: () => [], // keys were checked when the file was opened
    faults: createFaultCounter(),
    notes: () => [
      ...(called === ''
        ? []
        : [{ code: 'guessed-columns' as const, count: 1, detail: called, places: [name] }]),
      ...(invalid.count > 0 ? [invalid] : []),
    ],
    async *rows() {
      yield records.flatMap(({ name: image, captions, ...given }, at) =>
        (captions.length > 0 ? captions : ['']).map((text) => captionRow(image, text, given, at + 1)),
      );
    },
  };
}
