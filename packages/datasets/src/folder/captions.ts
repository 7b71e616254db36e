import { parse } from 'csv-parse/sync';
import { nearestHint } from '../check.js';
import { messageOf } from '../errors.js';

/** One line of a caption file. */
export interface CaptionRow {
  /** Path of the picture under the folder. */
  readonly image: string;
  readonly caption: string;
  readonly label?: string;
  /** Where it stands, e.g. `captions.jsonl:3`. */
  readonly place: string;
}

/** The rows of a caption file, and what is wrong with the others. */
export interface CaptionFile {
  readonly rows: readonly CaptionRow[];
  readonly faults: readonly string[];
}

const keys = ['image', 'caption', 'label'];

/**
 * Reads `{"image": "a.jpg", "caption": "a cat"}`, one object a line; `label` is optional, other keys are ignored
 * unless they look like a misspelling. Blank lines are skipped.
 */
export function parseJsonl(text: string, file: string): CaptionFile {
  const rows: CaptionRow[] = [];
  const faults: string[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '') return;
    const place = `${file}:${index + 1}`;
    try {
      addRow(JSON.parse(line) as unknown, place, rows, faults);
    } catch (error) {
      faults.push(`${place} is not JSON: ${messageOf(error)}. Write one object a line.`);
    }
  });
  return { rows, faults };
}

/** Reads a CSV file with the header `image,caption` and optionally `label`, in any order. */
export function parseCsv(text: string, file: string): CaptionFile {
  const rows: CaptionRow[] = [];
  const faults: string[] = [];
  try {
    const records = parse<{ record: unknown; info: { lines: number } }>(text, {
      columns: true,
      info: true,
      skip_empty_lines: true,
      trim: true,
    });
    for (const { record, info } of records) addRow(record, `${file}:${info.lines}`, rows, faults);
    if (records.length === 0)
      faults.push(`${file} holds no rows. Write the header image,caption and a row a picture.`);
  } catch (error) {
    faults.push(`${file} is not CSV: ${messageOf(error)}. Quote captions that hold commas.`);
  }
  return { rows, faults };
}

function addRow(value: unknown, place: string, rows: CaptionRow[], faults: string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    faults.push(`${place} must be an object with image and caption; received ${JSON.stringify(value)}.`);
    return;
  }
  const record = value as Record<string, unknown>;
  const missing = keys.filter((name) => record[name] === undefined || record[name] === null);
  for (const name of Object.keys(record)) {
    if (keys.includes(name)) continue;
    const hint = nearestHint(name, missing);
    if (hint.startsWith('Did')) faults.push(`${place} has the unknown key ${name}. ${hint}`);
  }
  const { image, caption = null, label } = record;
  if (typeof image !== 'string' || image === '') {
    faults.push(`${place} must name its picture in "image"; received ${JSON.stringify(image)}.`);
    return;
  }
  if (caption !== null && typeof caption !== 'string') {
    faults.push(`${place} must have a text as "caption"; received ${JSON.stringify(caption)}.`);
    return;
  }
  rows.push({
    image: image.replaceAll('\\', '/').replace(/^\.\//, ''),
    caption: oneLine(caption ?? ''),
    label: label === undefined || label === null || label === '' ? undefined : String(label),
    place,
  });
}

/** A caption on one line, without space at its ends. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
