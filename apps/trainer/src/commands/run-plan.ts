import { machineFigures } from '@m3ae/bench';
import { invalidField } from '@m3ae/errors';
import { checkMachine, planHead, planNotes, planRun, planTable } from '@m3ae/distributed/plan';
import { createTokenizer } from '@m3ae/preprocess';
import { createProgress } from '@m3ae/logging';
import { textTable } from '@m3ae/report';
import type { TrainerConfig } from '../config/schema.js';
import { estimateMemory, flopsPerExample, methodTraits, modelOf, parameterCount } from '@m3ae/tasks';
import { openSources } from '../run/sources.js';
import { lengthOf } from '@m3ae/optim';
import { vocabularyOf } from '@m3ae/runs';
import { configOf } from '../config/load.js';

export interface PlanCommandOptions {
  readonly set: string[];
  readonly calibration: string[];
  readonly figure: string[];
  readonly examples?: number;
  readonly ranks: number;
  readonly order: 'fixed' | 'fast';
  readonly json?: boolean;
}

/** What only the data can tell; without it, of a vocabulary the whole. */
async function factsOf(config: TrainerConfig, examples: number | undefined) {
  if (examples !== undefined) {
    if (methodTraits(config.method).readsLabels) {
      const rule = 'left out for method "supervised"';
      throw invalidField('--examples', rule, 'it', 'The data tells its classes.');
    }
    return { examples, vocabSize: createTokenizer().vocabSize, classes: undefined };
  }
  const sources = await openSources(config, createProgress({ quiet: true }));
  const pieces = methodTraits(config.method).readsText ? config.text.vocabulary : 'bert';
  const { tokenizer } = vocabularyOf(pieces, [sources.train, sources.unpairedText]);
  const { indices, dataset } = sources.train;
  return {
    examples: indices.length,
    vocabSize: tokenizer.vocabSize,
    classes: dataset.classNames?.length,
  };
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
