import { messageOf, nearestName } from '@m3ae/errors';
import {
  type CaptionFile,
  captionRow,
  type CaptionRow,
  type ColumnName,
  columnNames,
} from './caption-row.js';
import { createFaultCounter, type FaultCounter } from './fault-counter.js';
import type { TextFile } from './read-text.js';

/**
 * Reads `{"image": "a.jpg", "caption": "a cat"}`, one object a line, or one JSON list of such objects. `label` is
 * optional; upper and lower case of keys are the same; other keys are ignored unless they look like a misspelling.
 */
export async function openJsonl(text: TextFile, file: string): Promise<CaptionFile> {
  const faults = createFaultCounter();
  const items = await readList(text);
  const placeOf = (number: number): string => (items ? `${file}, item ${number}` : `${file}:${number}`);
  const readRecord = recordReader(faults, placeOf);
  return {
    faults,
    notes: () => [],
    placeOf,
    async *rows(onProgress) {
      if (items) {
        yield items.flatMap((item, at) => readRecord(item, at + 1) ?? []);
        return;
      }
      for await (const block of text.blocks(onProgress)) {
        const rows: CaptionRow[] = [];
        block.text.split('\n').forEach((line, at) => {
          if (line.trim() === '') return;
          const row = readLine(line, block.firstLine + at);
          if (row) rows.push(row);
        });
        yield rows;
      }
    },
  };

  function readLine(line: string, number: number): CaptionRow | undefined {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      const sentence = () => `${placeOf(number)} is not JSON: ${messageOf(error)}. Write one object a line.`;
      faults.add('not JSON', sentence);
      return undefined;
    }
    return readRecord(value, number);
  }
}

/** The items of a file that is one JSON list; undefined for JSON lines. */
async function readList(text: TextFile): Promise<unknown[] | undefined> {
  const parts: string[] = [];
  for await (const { text: part } of text.blocks()) {
    if (parts.length === 0 && !part.trimStart().startsWith('[')) return undefined;
    parts.push(part);
  }
  try {
    const list: unknown = JSON.parse(parts.join(''));
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}

/** What a key of a record means: one of ours, one that looks like one of ours, or neither. */
interface Key {
  readonly column?: ColumnName;
  readonly near?: ColumnName;
}

/** Checks records; what a key means is worked out once for each. */
function recordReader(faults: FaultCounter, placeOf: (number: number) => string) {
  const known = new Map<string, Key>();
  const meaningOf = (name: string): Key => {
    const found = known.get(name) ?? keyOf(name);
    known.set(name, found);
    return found;
  };
  return (value: unknown, number: number): CaptionRow | undefined => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const received = JSON.stringify(value);
      faults.add(
        'no object',
        () => `${placeOf(number)} must be an object with image and caption; received ${received}.`,
      );
      return undefined;
    }
    const fields: Partial<Record<ColumnName, unknown>> = {};
    for (const [name, field] of Object.entries(value)) {
      const { column } = meaningOf(name);
      if (column && field !== null) fields[column] = field;
    }
    for (const name of Object.keys(value)) {
      const { near } = meaningOf(name);
      if (near === undefined || fields[near] !== undefined) continue;
      const sentence = () => `${placeOf(number)} has the unknown key ${name}. Did you mean ${near}?`;
      faults.add(`unknown key ${name}`, sentence, 1);
    }
    const { image, caption = '', label } = fields;
    if (typeof image !== 'string' || image === '') {
      const received = JSON.stringify(image);
      const keys = Object.keys(value).join(', ');
      faults.add(
        'no image',
        () => `${placeOf(number)} must name its picture in "image"; received ${received}. It has ${keys}.`,
      );
      return undefined;
    }
    if (typeof caption !== 'string') {
      const received = JSON.stringify(caption);
      faults.add('no text', () => `${placeOf(number)} must have a text as "caption"; received ${received}.`);
      return undefined;
    }
    return captionRow(image, caption, label, number);
  };
}

function keyOf(name: string): Key {
  const column = columnNames.find((own) => own === name.trim().toLowerCase());
  if (column) return { column };
  return { near: nearestName(name, columnNames) as ColumnName | undefined };
}
