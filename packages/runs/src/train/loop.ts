import { readArrays } from '@m3ae/compile';
import {
  type BatchSource,
  train,
  type Trained,
  TrainingDiverged,
  type TrainOptions,
  type TrainStep,
} from '@m3ae/training';
import type { NdArray, Tree } from '@m3ae/tree';
import type { MetricsLine } from '@m3ae/logging';

/** Figures by their names, of parameters that are being trained. */
export interface Measure {
  /** Computes the figures, of parameters on the host or a device. */
  measure(params: Tree<NdArray>): Promise<Readonly<Record<string, number>>>;
}

/** A training whose parts are all there. */
export interface RunParts {
  readonly step: TrainStep<unknown>;
  readonly batches: BatchSource<unknown>;
  /** Updates in all. */
  readonly steps: number;
  /** Steps in a row whose loss is not finite after which to give up. Default 10. */
  readonly maxNonFinite?: number;
  /** What to do then, with a dot at its end. */
  readonly divergedRemedy?: string;
  /** Steps between two lines of the log, two checkpoints, and two evaluations; none of these where `evaluate` is left out. */
  readonly every: { readonly log: number; readonly save: number; readonly evaluate?: number };
  /** Measures the validation part at each checkpoint; its `loss` decides which are best. */
  readonly validator?: Measure | null;
  /** Measured every so many steps, on all ranks alike. */
  readonly evaluator?: Measure | null;
  /** Whether results stay on a device that is waited for in each turn, as a GPU is. Default false. */
  readonly resident?: boolean;
}

/** What {@link trainLoop} works with. */
export interface LoopParts {
  readonly training: TrainOptions<unknown>;
  readonly logEvery: number;
  readonly saveEvery: number;
  /** Whether the user asked to stop; asked after every step that has a turn, but the last. */
  readonly stopRequested: () => boolean | Promise<boolean>;
  /** Called after every such step with its metrics and times; `log` where the line belongs in metrics.jsonl. */
  readonly onStep: (line: MetricsLine, seconds: Trained['seconds'], log: boolean) => void;
  /** Loss on the validation part; undefined where there is none. */
  readonly validate: (now: Trained) => Promise<number | undefined>;
  /** Steps between two calls of `evaluate`; none where it is left out. */
  readonly evaluateEvery?: number;
  /** Called after every so many steps, and waited for. */
  readonly evaluate?: (now: Trained) => Promise<void>;
  /** Keeps a snapshot, with the newest validation loss. */
  readonly save: (now: Trained, metric: number | undefined) => Promise<void>;
  /** What to do where the loss stays not finite, with a dot at its end; by default three things that help. */
  readonly divergedRemedy?: string;
}

/** How a loop ended. */
export interface LoopResult {
  /** Its arrays are on the host. */
  readonly snapshot: TrainOptions<unknown>['from'];
  readonly interrupted: boolean;
}

const usualRemedy =
  'Lower the peak learning rate, clip gradients to a norm of 1, or look for broken examples.';

/** JSON has no NaN: such a value is written as null. */
function lineOf({ step, epoch, metrics }: Trained): MetricsLine {
  const entries = Object.entries(metrics).map(
    ([name, value]) => [name, Number.isFinite(value) ? value : null] as const,
  );
  return { step, epoch, ...Object.fromEntries(entries) };
}

/**
 * Trains until the last step or until the user asks to stop, logging, measuring and saving on the way.
 *
 * @returns Where the run stands; it is saved.
 * @throws Error if the loss was not finite for `maxNonFinite` steps in a row.
 *
 * @example
 * ```ts
 * const { interrupted } = await trainLoop({
 *   training: { step, batches, from, steps: 1000 },
 *   logEvery: 10,
 *   saveEvery: 500,
 *   stopRequested: () => stop.signal.aborted,
 *   onStep: (line, _seconds, log) => log && metrics.append(line),
 *   validate: async ({ state }) => (await validator.measure(state.params)).loss,
 *   save: (now) => checkpoints.save(now),
 * });
 * ```
 */
export async function trainLoop(parts: LoopParts): Promise<LoopResult> {
  const { logEvery, saveEvery, evaluateEvery, divergedRemedy = usualRemedy } = parts;
  const { from, steps } = parts.training;
  let snapshot = from;
  let unsaved: Trained | undefined;
  try {
    for await (const now of train(parts.training)) {
      const last = now.step === steps;
      const saves = last || now.step % saveEvery === 0;
      parts.onStep(lineOf(now), now.seconds, last || now.step % logEvery === 0);
      // Before the save: a run that goes on from it has the line of this step.
      if (evaluateEvery !== undefined && now.step % evaluateEvery === 0) await parts.evaluate?.(now);
      if (saves) await parts.save(now, await parts.validate(now));
      snapshot = now;
      unsaved = saves ? undefined : now;
      if (!last && (await parts.stopRequested())) {
        if (!saves) await parts.save(now, undefined);
        return { snapshot: await onHost(snapshot), interrupted: true };
      }
    }
  } catch (error) {
    if (!(error instanceof TrainingDiverged)) throw error;
    const { step, inRow } = error;
    const words = `The loss was not finite for ${inRow} steps in a row, up to step ${step}.`;
    throw new Error(`${words} ${divergedRemedy}`, { cause: error });
  }
  // In the middle of a step: nothing of it is kept.
  if (unsaved !== undefined) await parts.save(unsaved, undefined);
  return { snapshot: await onHost(snapshot), interrupted: snapshot.step < steps };
}

const onHost = async (snapshot: LoopResult['snapshot']) => ({
  ...snapshot,
  state: await readArrays(snapshot.state),
});
