import type { Runner } from '@m3ae/compile';
import type { Loader } from '@m3ae/datasets';
import { anything, checkOptions, integer, matching, optional, record } from '@m3ae/errors/rules';
import type { RngKey } from '@m3ae/random';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import { takeArrays } from './accumulate.js';
import { able, runnerRule, type Task, taskWith } from './task.js';

/** Measures the loss on examples that are not trained on. */
export interface Validator {
  /** Mean of each metric over the same examples with the same masks every time; empty where none could be read. */
  measure(params: Tree<NdArray>): Promise<Record<string, number>>;
  /** Frees the compiled program. */
  dispose(): Promise<void>;
}

/** What {@link createValidator} works with. */
export interface ValidatorOptions<HostBatch, TensorBatch> {
  readonly task: Task<HostBatch, TensorBatch>;
  /** A loader that leaves chance out (`evaluation: true`). */
  readonly loader: Pick<Loader, 'load'>;
  /** Examples of the loader's dataset to measure on; at least one. */
  readonly indices: Int32Array;
  /** Examples of a batch; cut to what `indices` has. */
  readonly batchSize: number;
  /** Batches at most. Default: as many as `indices` fill. */
  readonly maxBatches?: number;
  readonly runner: Runner;
  /** Decides the masks. */
  readonly key: RngKey;
}

const optionsRule = record({
  task: taskWith('collate', 'loss'),
  loader: able<ValidatorOptions<unknown, unknown>['loader']>(
    ['load'],
    'a loader',
    'Pass what createLoader of @m3ae/datasets gives.',
  ),
  indices: matching(
    'a list of at least one example',
    (value) => (Array.isArray(value) || value instanceof Int32Array) && value.length > 0,
    'Keep some examples apart to measure on.',
    Int32Array.of(0),
  ),
  batchSize: integer({ min: 1 }, 'Use that of the training.'),
  maxBatches: optional(
    matching(
      'a positive integer',
      (value) => value === Infinity || (Number.isInteger(value) && (value as number) >= 1),
      'Leave it out for all examples.',
      1,
    ),
  ),
  runner: runnerRule,
  key: anything, // the task's collate checks it
});

/**
 * Prepares the batches once for a whole training; examples are spread over `indices`, since neighbors often resemble each other.
 *
 * @throws RangeError if an option is unknown or of a wrong kind, or there are no examples.
 *
 * @example
 * ```ts
 * const validator = await createValidator({ task, loader, indices, batchSize: 64, runner, key: key(1) });
 * const { loss } = await validator.measure(now.state.params);
 * ```
 */
export async function createValidator<HostBatch, TensorBatch>(
  options: ValidatorOptions<HostBatch, TensorBatch>,
): Promise<Validator> {
  checkOptions(optionsRule, options);
  const { task, runner } = options;
  const batches = await fixedBatches(options);
  const total = batches.reduce((sum, { examples }) => sum + examples, 0);
  const program = runner<Record<string, NdArray>>(
    'validation',
    (params: Tree<Tensor>, batch: TensorBatch) => task.loss(params, batch).metrics,
  );
  return {
    async measure(params) {
      const means: Record<string, number> = {};
      for (const { examples, batch } of batches) {
        const metrics = await takeArrays(await program.run(params, batch));
        for (const [name, { data }] of Object.entries(metrics)) {
          means[name] = (means[name] ?? 0) + (data[0]! * examples) / total;
        }
      }
      return means;
    },
    dispose: () => program.dispose(),
  };
}

/** A batch with its weight in the mean. */
interface FixedBatch<HostBatch> {
  /** Examples that could be read. */
  readonly examples: number;
  readonly batch: HostBatch;
}

async function fixedBatches<HostBatch, TensorBatch>({
  task,
  loader,
  indices,
  batchSize,
  maxBatches = Infinity,
  key,
}: ValidatorOptions<HostBatch, TensorBatch>): Promise<FixedBatch<HostBatch>[]> {
  const batch = Math.min(batchSize, indices.length);
  const count = Math.min(maxBatches, Math.floor(indices.length / batch));
  const stride = Math.max(1, Math.floor(indices.length / (batch * count)));
  const batches: FixedBatch<HostBatch>[] = [];
  for (let step = 0; step < count; step++) {
    const chosen = Int32Array.from({ length: batch }, (_, at) => indices[(step * batch + at) * stride]!);
    const pictures = await loader.load({ step, indices: chosen });
    const examples = pictures.indices.length; // those that cannot be read are left out
    if (examples === 0) continue;
    batches.push({ examples, batch: task.collate({ pictures }, { step, key, evaluation: true }) });
  }
  return batches;
}
