import { isRecord, messageOf, nearestName } from '@m3ae/errors';
import { columnNotes, createFaultCounter, type FaultCounter } from '../notes.js';
import type { ColumnKeys } from '../spec-rules.js';
import { cocoItems, formOf } from './coco.js';
import {
  type CaptionFile,
  type CaptionRow,
  captionRow,
  columnNames,
  columnsOf,
  foundNames,
  isColumn,
} from './columns.js';
import { createJsonScanner } from './json-items.js';
import type { TextFile } from './read-text.js';

/**
 * Reads `{"image": "a.jpg", "caption": "a cat"}`, one object a line, or one JSON list of such objects, or COCO's
 * `images` and `annotations`. A caption may be a list of texts: each makes a row. `label` is optional; upper and lower
 * case of keys are the same; other keys are ignored unless they look like a misspelling.
 */
export async function openJsonl(text: TextFile, file: string, keys: ColumnKeys): Promise<CaptionFile> {
  const faults = createFaultCounter();
  const form = await formOf(text.blocks(undefined, 'pieces'));
  const placeOf = (number: number): string =>
    form === 'lines' ? `${file}:${number}` : `${file}, item ${number}`;
  const reader = recordReader(faults, placeOf, keys);
  return {
    faults,
    notes: () => columnNotes(reader.called(), file),
    placeOf,
    columns: reader.names,
    async *rows(onProgress) {
      if (form !== 'lines') {
        const pieces = text.blocks(onProgress, 'pieces');
        let number = 0;
        try {
          for await (const items of form === 'list' ? listItems(pieces) : cocoItems(pieces)) {
            yield items.flatMap((item) => reader.read(item, ++number));
          }
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
          const { message } = error;
          faults.add(
            'not JSON',
            () => `${file} is not JSON: ${message}. Mend it, or write one object a line.`,
          );
        }
        return;
      }
      for await (const block of text.blocks(onProgress)) {
        yield block.text.split('\n').flatMap((line, at) => readLine(line, block.firstLine + at));
      }
    },
  };

  function readLine(line: string, number: number): readonly CaptionRow[] {
    if (line.trim() === '') return [];
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      const sentence = () => `${placeOf(number)} is not JSON: ${messageOf(error)}. Write one object a line.`;
      faults.add('not JSON', sentence);
      return [];
    }
    return reader.read(value, number);
  }
}

/** @throws SyntaxError if the list is damaged, after what stands before. */
async function* listItems(
  pieces: AsyncIterable<{ readonly text: string }>,
): AsyncGenerator<unknown[], void, void> {
  let items: unknown[] = [];
  const scanner = createJsonScanner({ onItem: ({ value }) => items.push(value) });
  for await (const { text } of pieces) {
    scanner.push(text);
    yield items;
    items = [];
  }
  scanner.finish();
}

/** Which key of a record means what, and which ones look like a misspelling of one that is missing. */
interface Shape {
  readonly columns: readonly (string | undefined)[];
  readonly near: readonly { readonly name: string; readonly column: string }[];
  readonly called: string;
}

/** Checks records; what the keys mean is worked out once for each set of them. */
function recordReader(faults: FaultCounter, placeOf: (number: number) => string, keys: ColumnKeys) {
  const shapes = new Map<string, Shape>();
  const met = new Set<string>();
  const shapeOf = (record: Readonly<Record<string, unknown>>): Shape => {
    const names = Object.keys(record).filter((name) => record[name] !== null);
    const id = JSON.stringify(names);
    const known = shapes.get(id) ?? describeShape(names, keys);
    shapes.set(id, known);
    return known;
  };
  const read = (value: unknown, number: number): CaptionRow[] => {
    if (!isRecord(value)) {
      const received = JSON.stringify(value);
      const sentence = () =>
        `${placeOf(number)} must be an object with image and caption; received ${received}.`;
      faults.add('no object', sentence);
      return [];
    }
    for (const name of Object.keys(value)) met.add(name);
    const { columns, near } = shapeOf(value);
    for (const { name, column } of near) {
      const sentence = () => `${placeOf(number)} has the unknown key ${name}. Did you mean ${column}?`;
      faults.add(`unknown key ${name}`, sentence, 1);
    }
    const field = (name: string | undefined) => (name === undefined ? undefined : value[name]);
    const [image, caption = '', label, group] = columns.map(field);
    if (typeof image !== 'string' || image === '') {
      const received = JSON.stringify(image);
      const names = Object.keys(value).join(', ');
      const wanted = keys.imageKey ?? 'image';
      const sentence = () =>
        `${placeOf(number)} must name its picture in "${wanted}"; received ${received}. It has ${names}.`;
      faults.add('no image', sentence);
      return [];
    }
    const captions: readonly unknown[] = Array.isArray(caption) && caption.length > 0 ? caption : [caption];
    if (!captions.every((text) => typeof text === 'string')) {
      const received = JSON.stringify(caption);
      const sentence = () => `${placeOf(number)} must have a text as "caption"; received ${received}.`;
      faults.add('no text', sentence);
      return [];
    }
    return captions.map((text) => captionRow(image, text, { label, group }, number));
  };
  return {
    read,
    names: () => [...met],
    called: () => [...new Set([...shapes.values()].map(({ called }) => called))].join('; '),
  };
}

function describeShape(names: readonly string[], keys: ColumnKeys): Shape {
  const found = columnsOf(names, keys);
  const missing = new Set<string>(columnNames.filter((column) => found[column] < 0));
  const near = names.flatMap((name) => {
    const column = isColumn(name) ? undefined : nearestName(name, columnNames);
    return column !== undefined && missing.has(column) ? [{ name, column }] : [];
  });
  return {
    columns: [...columnNames, 'group' as const].map((column) => names[found[column]]),
    near,
    called: foundNames(names, found),
  };
}
