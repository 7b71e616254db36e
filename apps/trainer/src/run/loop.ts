import { pluralize } from '@m3ae/errors';
import { scalarArray, type NdArray } from '@m3ae/tree';
import type { MetricsLine } from '../logs/line-file.js';
import type { StepBatch, TrainState } from '../step/index.js';
import type { Feed } from './feed.js';
import type { Counters, Standing } from './training-state.js';

/** What one compiled step gives. */
export interface StepOutput {
  readonly state: TrainState;
  readonly metrics: Readonly<Record<string, NdArray>>;
}

/** What {@link trainLoop} works with. */
export interface LoopParts {
  readonly step: (state: TrainState, batch: StepBatch) => Promise<StepOutput>;
  readonly schedule: (count: number) => number;
  readonly feed: Feed;
  readonly totalSteps: number;
  readonly logEvery: number;
  readonly saveEvery: number;
  readonly maxNonFinite: number;
  /** Whether the user asked to stop. */
  readonly stopRequested: () => boolean;
  /** Called after every step with its metrics and times; `log` where the line belongs in metrics.jsonl. */
  readonly onStep: (line: MetricsLine, times: StepTimes, log: boolean) => void;
  /** Loss on the validation part; undefined where there is none. */
  readonly validate: (standing: Standing) => Promise<number | undefined>;
  /** Steps between two calls of `evaluate`; none where it is left out. */
  readonly evaluateEvery?: number;
  readonly evaluate?: (standing: Standing) => Promise<void>;
  readonly save: (standing: Standing, metric: number | undefined) => Promise<void>;
  /** Seconds from any origin. */
  readonly clock: () => number;
}

/** Where the time of a step went, in seconds. */
export interface StepTimes {
  /** Waiting for the batch. */
  readonly wait: number;
  /** Running the engine. */
  readonly run: number;
}

/** How a loop ended. */
export interface LoopResult {
  readonly standing: Standing;
  readonly interrupted: boolean;
}

function numbersOf(metrics: StepOutput['metrics']): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).map(([name, { data }]) => [name, data[0]!]));
}

/** JSON has no NaN: such a value is written as null. */
function lineOf(step: number, epoch: number, values: Readonly<Record<string, number>>): MetricsLine {
  const entries = Object.entries(values).map(
    ([name, value]) => [name, Number.isFinite(value) ? value : null] as const,
  );
  return { step, epoch, ...Object.fromEntries(entries) };
}

function countNonFinite(counters: Counters, loss: number, maxNonFinite: number): Counters {
  if (Number.isFinite(loss)) return { ...counters, nonFiniteInRow: 0 };
  const nonFiniteInRow = counters.nonFiniteInRow + 1;
  if (nonFiniteInRow >= maxNonFinite) {
    throw new Error(
      `The loss must be finite; it was ${loss} for ${pluralize(nonFiniteInRow, 'step')} in a row, up to step ${counters.step}. ` +
        'Lower optimizer.peakLearningRate, set optimizer.clipNorm to 1, or look for broken examples with: npx @m3ae/trainer data CONFIG.',
    );
  }
  return { ...counters, nonFiniteInRow, nonFinite: counters.nonFinite + 1 };
}

async function saveAt(parts: LoopParts, standing: Standing, withValidation: boolean): Promise<Standing> {
  const loss = withValidation ? await parts.validate(standing) : undefined;
  const { best, step } = standing.counters;
  const better = loss !== undefined && Number.isFinite(loss) && (best === null || loss < best.loss);
  const counters = better ? { ...standing.counters, best: { step, loss } } : standing.counters;
  const saved = { ...standing, counters };
  await parts.save(saved, loss);
  return saved;
}

/**
 * Trains until `totalSteps` or until the user asks to stop, saving on the way.
 *
 * @returns Where the run stands; it is saved.
 * @throws Error if the loss was not finite for `maxNonFinite` steps in a row.
 */
export async function trainLoop(parts: LoopParts, begin: Standing): Promise<LoopResult> {
  const { feed, schedule, totalSteps, clock } = parts;
  let standing = begin;
  while (standing.counters.step < totalSteps) {
    const started = clock();
    const { batch, epoch, mixer, step: count } = await feed.next();
    const fed = clock();
    const learningRate = scalarArray(schedule(count));
    const { state, metrics } = await parts.step(standing.state, { ...batch, learningRate } as StepBatch);
    const times = { wait: fed - started, run: clock() - fed };
    const values = numbersOf(metrics);
    const step = count + 1;
    const counters = countNonFinite({ ...standing.counters, step }, values.loss!, parts.maxNonFinite);
    standing = { state, counters, mixer };
    const last = step === totalSteps;
    parts.onStep(lineOf(step, epoch, values), times, last || step % parts.logEvery === 0);
    // Before the save: a run that goes on from it has the line of this step.
    if (parts.evaluateEvery !== undefined && step % parts.evaluateEvery === 0)
      await parts.evaluate?.(standing);
    if (last || step % parts.saveEvery === 0) standing = await saveAt(parts, standing, true);
    if (!last && parts.stopRequested()) {
      if (step % parts.saveEvery !== 0) standing = await saveAt(parts, standing, false);
      return { standing, interrupted: true };
    }
  }
  return { standing, interrupted: false };
}
