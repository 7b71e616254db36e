import { lineFault, type LineMark, type MetricsLine, openEventFile, openLineFile } from '@m3ae/logging';
import type { Trained } from '@m3ae/training';
import { readSealed, writeSealed } from '@m3ae/checkpoint/files';
import { isInvalidInput } from '@m3ae/errors';
import { runPaths, type Warn } from './run-folder.js';

/** The files of lines that depend on config and step alone, so that a checkpoint can promise what they hold. */
const promised: readonly (keyof LineMarks)[] = ['metrics', 'validation', 'scheduled'];

/** What the promised files held when a checkpoint was saved. */
export type LineMarks = Readonly<Record<'metrics' | 'validation' | 'scheduled', LineMark>>;

/** What is wrong with the lines that a checkpoint promises: a sentence a file. */
export function lineFaults(folder: string, marks: LineMarks | undefined): string[] {
  const paths = runPaths(folder);
  return promised.flatMap((name) => lineFault(paths[name], marks?.[name]) ?? []);
}

/** The open log files of a run. */
export interface RunLogs {
  /** One training step. Its line must depend on config and step alone; times go to a file of their own. */
  step(line: MetricsLine, seconds: Trained['seconds']): void;
  /** The validation part after some steps. */
  validation(step: number, values: Readonly<Record<string, number>>): void;
  /** An evaluation on the schedule. */
  evaluation(step: number, values: Readonly<Record<string, number>>): void;
  /** Waits until all lines are on the disk, and tells what they are. */
  marks(): LineMarks;
  /** Closes the files; what was written is on the disk. */
  close(): void;
}

/** Numbers of a line, for TensorBoard. */
function scalarsOf(
  line: Readonly<Record<string, number | string | null>>,
  prefix: string,
): Record<string, number> {
  const entries = Object.entries(line).filter(
    ([name, value]) => name !== 'step' && typeof value === 'number',
  );
  return Object.fromEntries(entries.map(([name, value]) => [`${prefix}/${name}`, value as number]));
}

/**
 * Opens metrics.jsonl, validation.jsonl, evaluations.jsonl, timing.jsonl and an event file, cut back to `startStep`.
 *
 * @param options - `marks`: what the checkpoint of `startStep` promises, where {@link lineFaults} has found it to be there;
 * `events`: seconds since 1970 for an event file of TensorBoard, or null for none.
 */
export function openRunLogs(
  folder: string,
  startStep: number,
  { events: clock, marks }: { readonly events: (() => number) | null; readonly marks?: LineMarks },
): RunLogs {
  const paths = runPaths(folder);
  const metrics = openLineFile(paths.metrics, marks?.metrics ?? startStep);
  const checks = openLineFile(paths.validation, marks?.validation ?? startStep);
  const scheduled = openLineFile(paths.scheduled, marks?.scheduled ?? startStep);
  const timing = openLineFile(paths.timing, startStep);
  const events = clock && openEventFile(folder, startStep, clock);
  return {
    step(line, { wait, run }) {
      metrics.append(line);
      timing.append({ step: line.step, waitSeconds: wait, runSeconds: run });
      events?.scalars(line.step, scalarsOf(line, 'train'));
    },
    validation(step, values) {
      checks.append({ step, ...values });
      events?.scalars(step, scalarsOf(values, 'validation'));
    },
    evaluation(step, values) {
      scheduled.append({ step, ...values });
      events?.scalars(step, scalarsOf(values, 'evaluation'));
    },
    marks: () => ({ metrics: metrics.mark(), validation: checks.mark(), scheduled: scheduled.mark() }),
    close: () => [metrics, checks, scheduled, timing, events].forEach((file) => file?.close()),
  };
}

/** A file that was left out, for the list at the end. */
export interface SkippedFile {
  readonly place: string;
  readonly reason: string;
}

/** A left-out file in one line. Reasons that begin with the whole path name the place already. */
export const skippedLine = ({ place, reason }: SkippedFile): string =>
  reason.includes(place) ? reason : `${place}: ${reason}`;

/** What a run has to tell at its end and no checkpoint holds; kept over interruptions. */
export interface Journal {
  /** Seconds of training, over all processes, up to the newest checkpoint. */
  readonly seconds: number;
  /** Files that could not be decoded. */
  readonly skipped: readonly SkippedFile[];
}

/** Reads the journal of a run; an empty one where it has just begun, or, with a warning, where the file is damaged. */
export function readJournal(folder: string, warn: Warn): Journal {
  const empty = { seconds: 0, skipped: [] };
  try {
    return (readSealed(runPaths(folder).journal) as Journal | undefined) ?? empty;
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    warn(`${error.message} The time and the skipped files that it told are not counted.`);
    return empty;
  }
}

/** Adds what this process has done to what earlier ones had. */
export function addToJournal(before: Journal, { seconds, skipped }: Journal): Journal {
  const files = new Map([...before.skipped, ...skipped].map((file) => [file.place, file]));
  return { seconds: before.seconds + seconds, skipped: [...files.values()] };
}

/** Writes the journal, whole or not at all. */
export function writeJournal(folder: string, journal: Journal): void {
  writeSealed(runPaths(folder).journal, journal);
}
