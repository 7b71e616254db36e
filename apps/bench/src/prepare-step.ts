import { foldIn, key, normal, randomInteger, type RngKey } from '@m3ae/random';
import { type M3aeConfig, type M3aeSize, resolveM3aeConfig } from '@m3ae/transformer';
import { createRunner, type Device, type GraphCache, type Runner, type RunnerOptions } from '@m3ae/compile';
import { createOptimizer } from '@m3ae/optim';
import { flopsPerExample, m3ae, type M3aeBatch, mae, type Recompute } from '@m3ae/tasks';
import { createTrainStep, type Task, type TrainStep } from '@m3ae/training';
import { leaveOutPadding, randomMask } from '@m3ae/masking';
import { ndArray } from '@m3ae/tree';

/** What runs the step. */
export type Engine = NonNullable<RunnerOptions['engine']>;

/** What to time. */
export interface StepBenchOptions {
  readonly method: 'm3ae' | 'mae';
  readonly model: M3aeSize;
  /** Examples of an update. */
  readonly batch: number;
  /** Micro-batches of an update. Default 1. */
  readonly accumulate?: number;
  /** What is computed a second time instead of being kept for the gradient. Default `none`. */
  readonly recompute?: Recompute;
  /** Threads of the compiled engine, for each replica. */
  readonly threads: number;
  /** Micro-batches computed at a time. Default 1. */
  readonly replicas?: number;
  /** Where the compiled engine runs. Default `cpu`. */
  readonly device?: Device;
  /** Timed steps after the warm-up. */
  readonly steps: number;
  readonly warmup: number;
  readonly engine: Engine;
  /** Of the compiled engine's matrix products; `float32` if left out. */
  readonly precision?: 'float32' | 'bf16' | 'auto';
  /** Operators of our own that the compiled engine uses beside; `exact` if left out. */
  readonly kernels?: 'exact' | 'fast';
  /** Where the compiled engine's graphs are kept for later processes; nowhere if left out. */
  readonly cache?: GraphCache;
  readonly maskScope: 'batch' | 'sample';
  /** Compute padding too, as the peers do; by default it is left out of the work, which changes no result. */
  readonly keepPadding?: boolean;
}

/** A step, its first state and its data. */
interface PreparedStep {
  readonly step: TrainStep<M3aeBatch>;
  /** Makes the data of a step, and gives a function that hands out its micro-batches. */
  readonly batches: (step: number) => () => M3aeBatch;
}

/** 256 px, 64 text tokens of which 15 are real, ratios .75: the pre-training of the reference, with captions of CC12M's usual length. */
const sizes = {
  imageSize: 256,
  textLength: 64,
  realTokens: 15,
  imageMaskRatio: 0.75,
  textMaskRatio: 0.75,
} as const;

/**
 * Floating-point operations of a step that was measured.
 *
 * @param step - Its `model` is the name of a size.
 * @throws InvalidInput if there is no such size.
 */
export function flopsOfStep({
  method,
  model,
  batch,
}: Pick<StepBenchOptions, 'method' | 'batch'> & { readonly model: string }): number {
  const { imageSize, textLength, realTokens, imageMaskRatio, textMaskRatio } = sizes;
  const config = resolveM3aeConfig({ size: model as M3aeSize }); // which refuses a name that it does not know
  const work = {
    method,
    image: { size: imageSize, patchSize: config.patchSize, maskRatio: imageMaskRatio },
    text: { maxLength: textLength, maskRatio: textMaskRatio },
    loss: { textAllTokens: false },
  };
  return batch * flopsPerExample(work, config, realTokens);
}

/** The engine that a bench asks for. */
export const runnerOf = (
  { engine, device = 'cpu', threads, replicas: sessions, precision, kernels, cache }: StepBenchOptions,
  more: Pick<RunnerOptions, 'profile' | 'onNote'>,
): Runner => {
  const resident = device !== 'cpu'; // the state stays there, as in a run
  return createRunner({ engine, device, threads, sessions, precision, kernels, cache, resident, ...more });
};

/** The training step of a model, with made-up data. */
export function prepareStep(
  {
    method,
    model: size,
    batch,
    accumulate = 1,
    replicas,
    recompute,
    maskScope,
    keepPadding = false,
  }: StepBenchOptions,
  runner: Runner,
): PreparedStep {
  const model = resolveM3aeConfig({ size });
  const loss = { textWeight: 0.5 };
  const task: Task<M3aeBatch> =
    method === 'mae' ? mae({ model, loss, recompute }) : m3ae({ model, loss, recompute });
  const decay = (path: string) => task.decays(path);
  const options = { batch: batch / accumulate, ...sizes, maskScope, keepPadding };
  const made = syntheticBatches(key(1), model, options);
  return {
    step: createTrainStep({
      task,
      optimizer: createOptimizer({ decay }),
      schedule: () => 1e-4,
      runner,
      accumulate,
      replicas,
    }),
    batches(step) {
      const parts = Array.from({ length: accumulate }, (_, index) => made(step * accumulate + index));
      return () => parts.shift()!;
    },
  };
}

/** What a made-up batch holds. */
type SyntheticBatchOptions = Readonly<Record<keyof typeof sizes, number>> &
  Required<Pick<StepBenchOptions, 'batch' | 'maskScope' | 'keepPadding'>>;

/**
 * Made-up pictures and captions in the shapes of a real batch; the masks are drawn anew for each step.
 *
 * @returns A function from the step to its batch.
 */
export function syntheticBatches(
  key: RngKey,
  model: M3aeConfig,
  options: SyntheticBatchOptions,
): (step: number) => M3aeBatch {
  const { batch, imageSize, textLength, realTokens } = options;
  const patches = (imageSize / model.patchSize) ** 2;
  const patchDim = model.channels * model.patchSize ** 2;
  const padding = Float32Array.from({ length: batch * textLength }, (_, i) =>
    i % textLength < realTokens ? 0 : 1,
  );
  const tokens = randomInteger(foldIn(key, 1), batch * textLength, 1, model.vocabSize);
  const inputs = {
    patches: ndArray(normal(foldIn(key, 0), batch * patches * patchDim), [batch, patches, patchDim]),
    tokenIds: ndArray(
      tokens.map((token, i) => (padding[i] === 1 ? 0 : token)),
      [batch, textLength],
    ),
    paddingMask: ndArray(padding, [batch, textLength]),
  };
  const rows = options.maskScope === 'batch' ? 1 : batch;
  return (step) => {
    const chance = foldIn(foldIn(key, 2), step);
    const text = randomMask(foldIn(chance, 1), {
      length: textLength,
      maskRatio: options.textMaskRatio,
      rows,
    });
    return {
      ...inputs,
      imagePlan: randomMask(foldIn(chance, 0), { length: patches, maskRatio: options.imageMaskRatio, rows }),
      textPlan: options.keepPadding ? text : leaveOutPadding(text, padding, batch),
    };
  };
}
