import { closeSync, openSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { explained } from '@m3ae/checkpoint/files';
import { eventRecord, type TensorboardEvent } from './event-record.js';

/** An open TensorBoard event file. */
export interface EventFile {
  readonly path: string;
  /** Adds scalars; `step` counts finished updates. */
  scalars(step: number, values: Readonly<Record<string, number>>): void;
  /** Closes the file; nothing can be written any more. */
  close(): void;
}

/**
 * Opens a new event file in a run folder. A resumed run gets a second file, whose first event
 * tells TensorBoard to forget what earlier files say about later steps.
 *
 * @param folder - The run folder.
 * @param startStep - Updates done so far; 0 for a new run.
 * @param clock - Seconds since 1970.
 */
export function openEventFile(folder: string, startStep: number, clock: () => number): EventFile {
  const stamp = clock();
  const seconds = String(Math.floor(stamp)).padStart(10, '0');
  const path = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${startStep}`);
  const file = explained(path, 0, () => openSync(path, 'a'));
  const write = (event: TensorboardEvent) => {
    const bytes = eventRecord(event);
    explained(path, bytes.length, () => writeFileSync(file, bytes));
  };
  write({ kind: 'version', wallTime: stamp });
  if (startStep > 0) write({ kind: 'restart', wallTime: stamp, step: startStep });
  return {
    path,
    scalars(step, values) {
      const finite = Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));
      write({ kind: 'scalars', wallTime: clock(), step, values: finite });
    },
    close: () => closeSync(file),
  };
}
