import { readFileSync } from 'node:fs';
import {
  figuresIn,
  type MachineFigures,
  measuredFigures,
  measuredIn,
  type MeasuredMachine,
} from '@m3ae/distributed/plan';
import { invalidField, InvalidInput, isInvalidInput } from '@m3ae/errors';
import { flopsOfStep } from './prepare-step.js';
import type { StepBenchResult } from './step-bench.js';

/**
 * Figures of a machine, for a plan: those that files of `bench step`, `bench ranks` and `bench data` hold, and over them those that are given.
 *
 * @param files - With a line of JSON each, in any order.
 * @param given - Each `name=number`, the names being those of {@link MachineFigures}.
 * @throws InvalidInput naming the file without such a line, or the figure that is no number.
 */
export function machineFigures(files: readonly string[], given: readonly string[]): Partial<MachineFigures> {
  const measured = files.map(readMeasured).reduce((all, each) => ({ ...all, ...each }), {});
  return { ...measuredFigures(measured), ...figuresIn(given, '--figure') };
}

function readMeasured(file: string): MeasuredMachine {
  const measured: (Partial<StepBenchResult> & MeasuredMachine) | undefined = measuredIn(
    readFileSync(file, 'utf8'),
  );
  if (measured === undefined) {
    const remedy = 'Write one with: npx @m3ae/trainer bench step --json > step.json';
    throw invalidField('--calibration', 'a file that ends with a line of JSON', file, remedy);
  }
  if (measured.times_s === undefined) return measured;
  try {
    return { ...measured, flops: flopsOfStep(measured as StepBenchResult) };
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    throw new InvalidInput(error.faults, { head: `--calibration ${file}`, cause: error });
  }
}
