import { faultOf, pluralize, positiveInteger, throwFaults } from '@m3ae/errors';
import { checkMachine, type MachineFigures } from './plan/machine.js';
import { bytesSent, type StepSeconds, stepSeconds, type StepWork } from './plan/step-time.js';

export {
  checkMachine,
  type MachineFigures,
  figuresIn,
  measuredFigures,
  measuredIn,
  type MeasuredMachine,
} from './plan/machine.js';
export { bytesSent, type StepSeconds, stepSeconds, type StepWork } from './plan/step-time.js';

/** A whole training. */
export interface RunWork extends StepWork {
  readonly steps: number;
  /** Bytes that one process needs for a micro-batch of so many examples, without what ranks add. */
  readonly memoryOf: (microBatchExamples: number) => number;
}

/** What a training takes on a number of ranks. */
export interface PlanRow {
  readonly ranks: number;
  /** Micro-batches of the whole batch: those asked for, or one a rank where there are more ranks. */
  readonly microBatches: number;
  /** Bytes of a rank. */
  readonly memory: number;
  /** Floating-point operations of a rank in a step. */
  readonly flops: number;
  readonly seconds: StepSeconds;
  /** Bytes that a rank sends in a step. */
  readonly sent: number;
  /** Time of one rank over time of all of these together, 1 at best. */
  readonly efficiency: number;
  /** Of the whole run. */
  readonly days: number;
  /** Of the whole run, in the currency of the price. */
  readonly cost: number;
}

/** A table of worlds, and which is the largest that is worth its price. */
export interface Plan {
  readonly rows: readonly PlanRow[];
  /** Most ranks that work at an efficiency of at least {@link usefulEfficiency}. */
  readonly largestUseful: number;
}

/** Below it more than half of what is paid for is waiting. */
export const usefulEfficiency = 0.5;

/** Elements of the two buckets that the fixed order receives into, of each rank. */
const bucketElements = 2 * (1 << 20);

/**
 * What a training takes on 1, 2, 4 … ranks, as long as they divide the batch. Formulas: {@link stepSeconds}.
 *
 * @param most - The most ranks. Default 1,024.
 * @throws InvalidInput with all faults of work and machine.
 *
 * @example
 * ```ts
 * const { rows, largestUseful } = planRun(work, { flopsPerSecond: 5e13, memoryBandwidth: 1e12, bandwidth: 1e10, latency: 5e-6, spread: 0.02 });
 * ```
 */
export function planRun(work: RunWork, machine: MachineFigures, most = 1024): Plan {
  const numbers = ['batchSize', 'microBatches', 'parameters', 'flopsPerExample', 'steps'] as const;
  throwFaults([
    ...numbers.map(
      (name) =>
        !(work[name] > 0 && work[name] < Infinity) &&
        faultOf(name, 'a number above 0', work[name], 'Take it from the config.'),
    ),
    positiveInteger('most', most, 'Leave it out for 1024.'),
  ]);
  checkMachine(machine);
  const worlds: number[] = [];
  for (let ranks = 1; ranks <= most && work.batchSize % ranks === 0; ranks *= 2) worlds.push(ranks);
  const alone = stepSeconds(work, machine, 1).total;
  const rows = worlds.map((ranks) => rowOf(work, machine, ranks, alone));
  const useful = rows.filter(({ efficiency }) => efficiency >= usefulEfficiency);
  return { rows, largestUseful: Math.max(...useful.map(({ ranks }) => ranks)) };
}

function rowOf(work: RunWork, machine: MachineFigures, ranks: number, alone: number): PlanRow {
  const microBatches = work.microBatches % ranks === 0 ? work.microBatches : ranks;
  const cut = { ...work, microBatches };
  const seconds = stepSeconds(cut, machine, ranks);
  const days = (work.steps * seconds.total) / 86_400;
  const own = work.parameters / ranks;
  const rounds = microBatches / ranks;
  // While a gradient travels, the next round computes another; a third needs the place where a rank's share was summed up.
  const gradients = (rounds > 1 ? work.parameters : 0) + (rounds > 2 ? own : 0);
  const buffers = ranks === 1 ? 0 : gradients + ranks * Math.min(bucketElements, 2 * own);
  return {
    ranks,
    microBatches,
    memory: work.memoryOf(work.batchSize / microBatches) + 4 * buffers,
    flops: (work.batchSize / ranks) * work.flopsPerExample,
    seconds,
    sent: bytesSent(cut, ranks),
    efficiency: alone / (ranks * seconds.total),
    days,
    cost: days * 24 * ranks * (machine.pricePerHour ?? 0),
  };
}

/** What a plan is of, in a sentence. */
export function planHead({ parameters, flopsPerExample: flops, steps, batchSize }: RunWork): string {
  return (
    `${(parameters / 1e6).toFixed(0)} M parameters, ${(flops / 1e9).toFixed(0)} GFLOP an example, ` +
    `${steps.toLocaleString('en')} steps of ${batchSize} examples`
  );
}

const columns: readonly (readonly [title: string, cell: (row: PlanRow) => string])[] = [
  ['ranks', ({ ranks }) => String(ranks)],
  ['accumulate', ({ microBatches }) => String(microBatches)],
  ['GB a rank', ({ memory }) => (memory / 1e9).toFixed(1)],
  ['TFLOP a rank', ({ flops }) => short(flops / 1e12)],
  ['s a step', ({ seconds }) => short(seconds.total)],
  ['waiting', ({ seconds: s }) => percent((s.straggle + s.load + s.exchange) / s.total)],
  ['GB sent', ({ sent }) => short(sent / 1e9)],
  ['efficiency', ({ efficiency }) => percent(efficiency)],
  ['days', ({ days }) => short(days)],
  ['cost', ({ cost }) => short(cost)],
];

const percent = (share: number) => `${Math.round(100 * share)} %`;

const short = (value: number) =>
  Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 4 });

/** The rows of a plan as text, three digits each, with a row of titles above; for `textTable` of `@m3ae/report`. */
export const planTable = ({ rows }: Plan): string[][] => [
  columns.map(([title]) => title),
  ...rows.map((row) => columns.map(([, cell]) => cell(row))),
];

/** What to know of a plan, a sentence each: whether ranks share cores, and which world is the largest useful one. */
export function planNotes(
  { rows, largestUseful }: Plan,
  { fullSpeedRanks = Infinity }: Pick<MachineFigures, 'fullSpeedRanks'>,
): string[] {
  const { days, efficiency } = rows.find(({ ranks }) => ranks === largestUseful)!;
  const crowded = `More than ${fullSpeedRanks} ranks share the cores of the machine, so they compute no faster; how long they then wait for one another is not in the model.`;
  return [
    ...(rows.at(-1)!.ranks > fullSpeedRanks ? [crowded] : []),
    `The largest useful world: ${pluralize(largestUseful, 'rank')}, ${days.toFixed(1)} days at an efficiency of ${percent(efficiency)}.`,
  ];
}
