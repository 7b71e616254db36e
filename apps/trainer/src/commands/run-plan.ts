import { readFileSync } from 'node:fs';
import { flopsOfStep, type StepBenchResult } from '@m3ae/bench';
import { InvalidInput, invalidField, isInvalidInput } from '@m3ae/errors';
import {
  checkMachine,
  figuresIn,
  type MachineFigures,
  measuredFigures,
  measuredIn,
  type MeasuredMachine,
  planHead,
  planNotes,
  planRun,
  planTable,
} from '@m3ae/distributed/plan';
import { createTokenizer } from '@m3ae/preprocess';
import { createProgress } from '@m3ae/logging';
import { textTable } from '@m3ae/report';
import type { TrainerConfig } from '../config/schema.js';
import { estimateMemory, flopsPerExample, methodTraits, modelOf, parameterCount } from '@m3ae/tasks';
import { openSources } from '../run/sources.js';
import { lengthOf } from '@m3ae/optim';
import { vocabularyOf } from '@m3ae/runs';
import { configOf } from './config-of.js';
import type { PlanCommandOptions } from './plan.js';

/**
 * Figures of a machine: those that files of `bench step`, `bench ranks` and `bench data` hold, and over them those that are given.
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

/** What only the data can tell; without it, of a vocabulary the whole. */
async function factsOf(config: TrainerConfig, examples: number | undefined) {
  if (examples !== undefined) {
    if (methodTraits(config.method).readsLabels) {
      throw invalidField(
        '--examples',
        'left out for method "supervised"',
        'it',
        'The data tells its classes.',
      );
    }
    return { examples, vocabSize: createTokenizer().vocabSize, classes: undefined };
  }
  const sources = await openSources(config, createProgress({ quiet: true }));
  const full = config.text.vocabulary === 'bert' || !methodTraits(config.method).readsText;
  const { vocabSize } = full
    ? createTokenizer()
    : vocabularyOf(config.text.vocabulary, [sources.train, sources.unpairedText]).tokenizer;
  const { indices, dataset } = sources.train;
  return { examples: indices.length, vocabSize, classes: dataset.classNames?.length };
}

/** Runs `m3ae plan`: a table, or one JSON object, on standard output. */
export async function runPlan(path: string, options: PlanCommandOptions): Promise<void> {
  const config = await configOf(path, options.set);
  const machine = machineFigures(options.calibration, options.figure);
  const { examples, vocabSize, classes } = await factsOf(config, options.examples);
  const model = modelOf(config, { vocabSize, classes });
  const { batchSize, accumulate } = config.train;
  const parameters = parameterCount(config.method, model);
  const work = {
    batchSize,
    microBatches: accumulate,
    parameters,
    flopsPerExample: flopsPerExample(config, model),
    order: options.order,
    steps: lengthOf(config, examples).totalSteps,
    memoryOf: (microBatch: number) =>
      estimateMemory({ ...config, train: { ...config.train, batchSize: microBatch, accumulate: 1 } }, model, {
        parameters,
      }),
  };
  checkMachine(machine);
  const plan = planRun(work, machine, options.ranks);
  const text = options.json
    ? JSON.stringify({ work, machine, ...plan })
    : [planHead(work), '', ...textTable(planTable(plan)), '', ...planNotes(plan, machine)].join('\n');
  process.stdout.write(`${text}\n`);
}
