import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { explained, writeWhole } from '@m3ae/checkpoint/files';
import { isRecord, messageOf, unusable } from '@m3ae/errors';
import { checkOptions, integer, text } from '@m3ae/errors/rules';

const placeRule = text('Name a place, e.g. runs/photos/metrics.jsonl.', 'the path of a file or folder');

/** @throws InvalidInput for anything but a path. */
export const requirePath = (name: string, path: unknown): void =>
  void checkOptions(placeRule, path, { path: name });

const stepsRule = integer({ min: 0 }, 'Count finished updates.');

/** @throws InvalidInput for anything but a number of finished updates. */
export const requireSteps = (name: string, steps: unknown): void =>
  void checkOptions(stepsRule, steps, { path: name });

/** A line of metrics: the number of finished updates, and values. */
export interface MetricsLine {
  readonly step: number;
  readonly [name: string]: number | string | null;
}

/** What a file of lines held at some moment; a checkpoint remembers it. */
export interface LineMark {
  readonly lines: number;
  readonly bytes: number;
  /** Of these bytes, in hexadecimal. */
  readonly sha256: string;
}

/** An open file of JSON lines. */
export interface LineFile {
  /** Writes one more line; a number that JSON does not have, such as NaN, as null. */
  append(line: MetricsLine): void;
  /** Waits until all lines are on the disk, and tells what they are. */
  mark(): LineMark;
  /** Closes the file; nothing can be written any more. */
  close(): void;
}

/** A line that can be read, or what is wrong with it. */
type ReadLine = { readonly line: MetricsLine } | { readonly fault: string };

function parseLine(text: string, path: string, at: number): ReadLine {
  try {
    const line: MetricsLine | null = JSON.parse(text);
    if (Number.isInteger(line?.step)) return { line: line! };
    return { fault: `${path}, line ${at + 1}, has no step.` };
  } catch (error) {
    return { fault: `${path}, line ${at + 1}, is not JSON (${messageOf(error)}).` };
  }
}

/** All lines but a last one that a killed process cut short. */
function parseLines(path: string): ReadLine[] {
  if (!existsSync(path)) return [];
  const texts = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return texts.map((text, at) => parseLine(text, path, at));
}

/**
 * Reads JSON lines; a last line cut short by a killed process is left out.
 *
 * @throws RangeError naming the first line that cannot be read, or the path where it is none.
 */
export function readLines(path: string): MetricsLine[] {
  requirePath('path', path);
  return parseLines(path).map((read) => {
    if ('fault' in read) throw unusable(`${read.fault} Remove the damaged line.`);
    return read.line;
  });
}

/**
 * What is wrong with the lines that a checkpoint promises; nothing where they are all there.
 *
 * @param mark - What the file held when the checkpoint was saved; undefined for one of an earlier version.
 */
export function lineFault(path: string, mark: LineMark | undefined): string | undefined {
  const firstFault = () => parseLines(path).find((read) => 'fault' in read)?.fault;
  if (mark === undefined) return firstFault();
  if (!existsSync(path)) return mark.lines === 0 ? undefined : `${path} is missing.`;
  const content = readFileSync(path);
  if (content.length >= mark.bytes && digest(content.subarray(0, mark.bytes)) === mark.sha256)
    return undefined;
  const lines = parseLines(path).length;
  if (lines < mark.lines)
    return firstFault() ?? `${path} has ${lines} lines where ${mark.lines} were written.`;
  return firstFault() ?? `${path} was changed in its first ${mark.lines} lines: their checksum is another.`;
}

const digest = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

/**
 * Opens a file of JSON lines to append, after dropping those that a resumed run writes again.
 *
 * @param keep - What stays: a {@link LineMark} that {@link lineFault} has found nothing wrong with, or all lines up to
 * a step that can be read.
 */
export function openLineFile(path: string, keep: LineMark | number): LineFile {
  requirePath('path', path);
  if (!isRecord(keep)) requireSteps('keep', keep);
  if (typeof keep === 'number') {
    const kept = parseLines(path).flatMap((read) =>
      'line' in read && read.line.step <= keep ? [read.line] : [],
    );
    writeWhole(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
  } else if (existsSync(path)) truncateSync(path, keep.bytes);
  const content = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  const hash = createHash('sha256').update(content);
  let bytes = content.length;
  let lines = content.toString().split('\n').length - 1;
  const file = explained(path, 0, () => openSync(path, 'a'));
  return {
    append(line) {
      const text = Buffer.from(`${JSON.stringify(line)}\n`);
      explained(path, text.length, () => writeFileSync(file, text)); // all of it, where writeSync may write a part
      hash.update(text);
      bytes += text.length;
      lines++;
    },
    mark() {
      explained(path, bytes, () => fsyncSync(file));
      return { lines, bytes, sha256: hash.copy().digest('hex') };
    },
    close: () => closeSync(file),
  };
}
