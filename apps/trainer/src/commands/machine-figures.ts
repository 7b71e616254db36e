import { readFileSync } from 'node:fs';
import { flopsOfStep, type StepBenchResult } from '@m3ae/bench';
import { type MachineFigures, measuredFigures, type MeasuredMachine } from '@m3ae/distributed/plan';
import { faultOf, InvalidInput, invalidField, isInvalidInput, isRecord, throwFaults } from '@m3ae/errors';

/**
 * Figures of a machine: those that files of `bench step`, `bench ranks` and `bench data` hold, and over them those that are given.
 *
 * @param files - With a line of JSON each, in any order.
 * @param given - Each `name=number`, the names being those of {@link MachineFigures}.
 * @throws InvalidInput naming the file without such a line, or the figure that is no number.
 */
export function machineFigures(files: readonly string[], given: readonly string[]): MachineFigures {
  const measured = files.map(readMeasured).reduce((all, each) => ({ ...all, ...each }), {});
  const pairs = given.map((text) => {
    const [name, value = ''] = text.split('=');
    throwFaults([
      (value.trim() === '' || Number.isNaN(Number(value))) &&
        faultOf('--figure', 'name=number', text, 'Write e.g. --figure bandwidth=1e10.'),
    ]);
    return [name, Number(value)];
  });
  return { ...measuredFigures(measured), ...Object.fromEntries(pairs) };
}

function readMeasured(file: string): MeasuredMachine {
  const last = readFileSync(file, 'utf8').trim().split('\n').at(-1)!;
  let measured: unknown;
  try {
    measured = JSON.parse(last);
  } catch {
    // refused below
  }
  if (!isRecord(measured)) {
    const remedy = 'Write one with: npx @m3ae/trainer bench step --json > step.json';
    throw invalidField('--calibration', 'a file that ends with a line of JSON', file, remedy);
  }
  const result: Partial<StepBenchResult> & MeasuredMachine = measured;
  if (result.times_s === undefined) return result;
  try {
    return { ...result, flops: flopsOfStep(result as StepBenchResult) };
  } catch (error) {
    if (!isInvalidInput(error)) throw error;
    throw new InvalidInput(error.faults, { head: `--calibration ${file}`, cause: error });
  }
}
