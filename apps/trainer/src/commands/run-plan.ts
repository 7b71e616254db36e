import { invalidField, pluralize } from '@m3ae/errors';
import { type MachineFigures, type Plan, type PlanRow, planRun } from '@m3ae/distributed/plan';
import { createTokenizer } from '@m3ae/preprocess';
import { createProgress, wallClock } from '@m3ae/logging';
import { textTable } from '@m3ae/report';
import type { TrainerConfig } from '../config/schema.js';
import { machineFigures } from './machine-figures.js';
import { estimateMemory, flopsPerExample, modelOf, parameterCount, readsText } from '@m3ae/tasks';
import { openSources } from '../run/sources.js';
import { lengthOf } from '../run/step-config.js';
import { vocabularyFor } from '../run/vocabulary.js';
import { configOf } from './config-of.js';
import type { PlanCommandOptions } from './plan.js';

/** What only the data can tell; without it, of a vocabulary the whole. */
async function factsOf(config: TrainerConfig, examples: number | undefined) {
  if (examples !== undefined) {
    if (config.method === 'supervised') {
      throw invalidField(
        '--examples',
        'left out for method "supervised"',
        'it',
        'The data tells its classes.',
      );
    }
    return { examples, vocabSize: createTokenizer().vocabSize, classes: undefined };
  }
  const quiet = createProgress({ quiet: true, json: false, output: process.stdout, clock: wallClock });
  const sources = await openSources(config, quiet);
  const full = config.text.vocabulary === 'bert' || !readsText(config.method);
  const { vocabSize } = full ? createTokenizer() : vocabularyFor(config, sources).tokenizer;
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
  const plan = planRun(work, machine, options.ranks);
  const text = options.json
    ? JSON.stringify({ work, machine, ...plan })
    : [
        ...headOf(work),
        ...textTable([titles, ...plan.rows.map(cells)]),
        '',
        ...crowdedLines(plan, machine),
        usefulLine(plan),
      ].join('\n');
  process.stdout.write(`${text}\n`);
}

function headOf({
  parameters,
  flopsPerExample: flops,
  steps,
  batchSize,
}: Parameters<typeof planRun>[0]): string[] {
  return [
    `${(parameters / 1e6).toFixed(0)} M parameters, ${(flops / 1e9).toFixed(0)} GFLOP an example, ` +
      `${steps.toLocaleString('en')} steps of ${batchSize} examples`,
    '',
  ];
}

const titles = [
  'ranks',
  'accumulate',
  'GB a rank',
  'TFLOP a rank',
  's a step',
  'waiting',
  'GB sent',
  'efficiency',
  'days',
  'cost',
];

function cells({
  ranks,
  microBatches,
  memory,
  flops,
  seconds,
  sent,
  efficiency,
  days,
  cost,
}: PlanRow): string[] {
  const waiting = (seconds.straggle + seconds.load + seconds.exchange) / seconds.total;
  const short = (value: number) =>
    Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 4 });
  return [
    String(ranks),
    String(microBatches),
    (memory / 1e9).toFixed(1),
    short(flops / 1e12),
    short(seconds.total),
    `${Math.round(100 * waiting)} %`,
    short(sent / 1e9),
    `${Math.round(100 * efficiency)} %`,
    short(days),
    short(cost),
  ];
}

function crowdedLines({ rows }: Plan, { fullSpeedRanks = Infinity }: MachineFigures): string[] {
  if (rows.at(-1)!.ranks <= fullSpeedRanks) return [];
  return [
    `More than ${fullSpeedRanks} ranks share the cores of the machine, so they compute no faster; how long they then wait for one another is not in the model.`,
  ];
}

function usefulLine({ largestUseful, rows }: Plan): string {
  const { days, efficiency } = rows.find(({ ranks }) => ranks === largestUseful)!;
  return `The largest useful world: ${pluralize(largestUseful, 'rank')}, ${days.toFixed(1)} days at an efficiency of ${Math.round(100 * efficiency)} %.`;
}
