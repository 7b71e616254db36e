import { pluralize } from '@m3ae/errors';
import type { Plan, PlanRow, RunWork } from '../plan.js';
import type { MachineFigures } from './machine.js';

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
