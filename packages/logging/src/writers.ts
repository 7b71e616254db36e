import { dirname } from 'node:path';
import { makeFolder } from '@m3ae/checkpoint/files';
import { invalidField } from '@m3ae/errors';
import { checkOptions, dictionary, matching } from '@m3ae/errors/rules';
import { openEventFile } from './event-file.js';
import { openLineFile, requirePath, requireSteps } from './line-file.js';
import { wallClock } from './progress.js';

/** Where metrics go; the caller decides how often. */
export interface MetricsWriter {
  /**
   * Adds the metrics of a step.
   *
   * @param step - Finished updates; larger than in the call before.
   * @throws InvalidInput if the step is no count, or a metric no number.
   */
  write(step: number, metrics: Readonly<Record<string, number>>): void;
  /** Ends the file; what was written is kept without it too. */
  close(): void;
}

/**
 * Metrics as JSON lines, `{"step":100,"loss":1.5}` each. JSON has no NaN: such a value is written as null.
 *
 * @param path - Its folder is made where it is missing.
 * @param startStep - Finished updates of a training that goes on: later lines of the file, which it writes again, are
 * dropped. Default 0: the file begins anew.
 * @throws InvalidInput if an argument is of a wrong kind, or the file cannot be written.
 *
 * @example
 * ```ts
 * const log = jsonLines('metrics.jsonl');
 * log.write(100, { loss: 1.5 });
 * ```
 */
export function jsonLines(path: string, startStep = 0): MetricsWriter {
  requirePath('path', path);
  requireSteps('startStep', startStep);
  makeFolder(dirname(path));
  const file = openLineFile(path, startStep);
  return checked({
    write: (step, metrics) => file.append({ step, ...metrics }),
    close: () => file.close(),
  });
}

/**
 * Metrics as an event file, which TensorBoard shows.
 *
 * @param folder - Made where it is missing; a training that goes on adds a file to it.
 * @param startStep - Finished updates of a training that goes on: TensorBoard forgets what earlier files say of later
 * steps. Default 0.
 * @param clock - Seconds since 1970; those of the machine, if left out.
 * @throws InvalidInput if an argument is of a wrong kind, or the file cannot be written.
 *
 * @see https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
 */
export function tensorBoard(folder: string, startStep = 0, clock: () => number = wallClock): MetricsWriter {
  requirePath('folder', folder);
  requireSteps('startStep', startStep);
  if (typeof clock !== 'function')
    throw invalidField('clock', 'a function', clock, 'Leave it out for that of the machine.');
  makeFolder(folder);
  const file = openEventFile(folder, startStep, clock);
  return checked({ write: (step, metrics) => file.scalars(step, metrics), close: () => file.close() });
}

// NaN is one: a loss that is none is worth a line.
const valueRule = matching('a number', (value) => typeof value === 'number', 'Pass its value.', 0);

const metricsRule = dictionary(valueRule, {
  rule: 'a record of numbers',
  remedy: 'Write e.g. { loss: 1.5 }.',
});

/** A writer that is given nothing but counts and numbers. */
function checked({ write, close }: MetricsWriter): MetricsWriter {
  return {
    write(step, metrics) {
      requireSteps('step', step);
      checkOptions(metricsRule, metrics, { path: 'metrics' });
      write(step, metrics);
    },
    close,
  };
}
