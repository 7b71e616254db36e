import { openEventFile } from '../logs/event-file.js';
import { type MetricsLine, openLineFile } from '../logs/line-file.js';
import { wallClock } from './clock.js';
import type { StepTimes } from './loop.js';
import { runPaths } from './run-folder.js';

/** The open log files of a run. */
export interface RunLogs {
  /** One training step. Its line must depend on config and step alone; times go to a file of their own. */
  step(line: MetricsLine, times: StepTimes): void;
  /** The validation part after some steps. */
  validation(step: number, values: Readonly<Record<string, number>>): void;
  /** An evaluation on the schedule. */
  evaluation(step: number, values: Readonly<Record<string, number>>): void;
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

/** Opens metrics.jsonl, validation.jsonl, evaluations.jsonl, timing.jsonl and an event file, cut back to `startStep`. */
export function openRunLogs(folder: string, startStep: number, tensorboard: boolean): RunLogs {
  const paths = runPaths(folder);
  const metrics = openLineFile(paths.metrics, startStep);
  const checks = openLineFile(paths.validation, startStep);
  const scheduled = openLineFile(paths.scheduled, startStep);
  const timing = openLineFile(paths.timing, startStep);
  const events = tensorboard ? openEventFile(folder, startStep, wallClock) : null;
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
    close: () => [metrics, checks, scheduled, timing, events].forEach((file) => file?.close()),
  };
}
