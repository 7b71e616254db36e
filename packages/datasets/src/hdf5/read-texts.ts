import { oneLine } from '../folder/caption-row.js';
import { type CountingDecoder, countingDecoder } from '../folder/count-encodings.js';
import type { Hdf5Field } from './library.js';
import { rowsOf, textBytesOf } from './values.js';

const rowsAtATime = 4096;

/** Texts and classes of some rows; absent where the file has none. */
export interface TextBlock {
  readonly length: number;
  readonly captions?: readonly string[];
  readonly labels?: readonly string[];
  readonly groups?: readonly string[];
}

/** Reads texts and classes of the first rows of a file, some at a time. */
export function* readTexts(
  { caption, label, group }: Readonly<Partial<Record<'caption' | 'label' | 'group', Hdf5Field>>>,
  rows: number,
  decoder: CountingDecoder,
): Generator<TextBlock, void, void> {
  for (let start = 0; start < rows; start += rowsAtATime) {
    const end = Math.min(rows, start + rowsAtATime);
    yield {
      length: end - start,
      ...(caption && { captions: captionsIn(caption, start, end, decoder) }),
      ...(label && { labels: labelsIn(label, start, end) }),
      ...(group && { groups: labelsIn(group, start, end) }),
    };
  }
}

function captionsIn(field: Hdf5Field, start: number, end: number, decoder: CountingDecoder): string[] {
  return rowsOf(field.read(start, end), end - start).map((value, at) => {
    const bytes = textBytesOf(value, field.metadata);
    return oneLine(decoder.decode(bytes, () => `${field.name}, row ${start + at + 1}`));
  });
}

/** Classes or groups of some rows: numbers, or texts. */
export function labelsIn(field: Hdf5Field, start: number, end: number): string[] {
  const decoder = countingDecoder();
  return rowsOf(field.read(start, end), end - start).map((value, at) =>
    typeof value === 'number' || typeof value === 'bigint'
      ? String(value)
      : decoder.decode(textBytesOf(value, field.metadata), () => `row ${start + at + 1}`),
  );
}
