import type { Hdf5Source } from '../state.js';

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
