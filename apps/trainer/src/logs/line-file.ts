import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';

/** A line of metrics: the number of finished updates, and values. */
export interface MetricsLine {
  readonly step: number;
  readonly [name: string]: number | string | null;
}

/** An open file of JSON lines. */
export interface LineFile {
  append(line: MetricsLine): void;
  close(): void;
}

/** Reads JSON lines; a last line cut short by a killed process is left out. */
export function readLines(path: string): MetricsLine[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as MetricsLine);
}

/**
 * Opens a file of JSON lines to append, after dropping the lines of steps later than `keepUntil`:
 * those that a resumed run writes again.
 */
export function openLineFile(path: string, keepUntil: number): LineFile {
  const kept = readLines(path).filter((line) => line.step <= keepUntil);
  writeFileSync(`${path}.part`, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
  renameSync(`${path}.part`, path);
  const file = openSync(path, 'a');
  return {
    append: (line) => void writeSync(file, `${JSON.stringify(line)}\n`),
    close() {
      fsyncSync(file);
      closeSync(file);
    },
  };
}
