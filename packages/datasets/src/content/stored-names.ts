import type { Hdf5Source, ParquetSource, RangeSource } from '../state.js';
import { textAt } from './packed-texts.js';

/** In which file an example lies, and in which row of it, from 0. */
export function locateRow(
  { ends }: Hdf5Source,
  index: number,
): { readonly at: number; readonly row: number } {
  const at = ends.findIndex((end) => index < end);
  return { at, row: index - (ends[at - 1] ?? 0) };
}

/** What to call an example in messages. */
export function rowName(source: Hdf5Source, index: number): string {
  const { at, row } = locateRow(source, index);
  return `${source.names[at]}, row ${row + 1} of ${source.field}`;
}

/** What to call a picture that lies in a larger file, with that file. */
export function storedName(source: RangeSource | ParquetSource | Hdf5Source, index: number): string {
  if (source.type === 'hdf5') return rowName(source, index);
  const { address } = source.files[source.places[index]!]!;
  return `${address}, ${source.type === 'parquet' ? `row ${source.rows[index]! + 1}` : textAt(source.names, index)}`;
}
