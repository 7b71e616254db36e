import type { Hdf5Field } from './library.js';
import { bytesOfRow, rowsOf } from './values.js';

/** Rows behind the last picture that are looked at before they are left out. */
const looks = 16;

/**
 * Rows up to the last picture: files are often made with more rows than were filled later. Reading all rows would mean reading
 * all pictures, so that the end is found by halves, and some rows behind it are looked at.
 */
export function usedRows(field: Hdf5Field): number {
  const { rows, metadata } = field;
  const isEmpty = (row: number): boolean =>
    bytesOfRow(rowsOf(field.read(row, row + 1), 1)[0], metadata).every((byte) => byte === 0);
  if (rows === 0 || !isEmpty(rows - 1)) return rows;
  let [used, end] = [0, rows - 1]; // rows from `end` on are taken for empty
  while (used < end) {
    const middle = (used + end) >> 1;
    if (isEmpty(middle)) end = middle;
    else used = middle + 1;
  }
  const step = Math.max(1, Math.floor((rows - used) / looks));
  for (let row = used; row < rows; row += step) if (!isEmpty(row)) return rows; // empty here and there: left to be counted
  return used;
}
