import type { Batch, Loader } from '@m3ae/datasets';
import type { M3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TrainerConfig } from '../config/schema.js';
import { lossFunction, type LossConfig, type StepBatch } from '../step/index.js';
import type { Engine } from './engine.js';
import { targetsOf } from './method-batches.js';
import type { Part } from './parts.js';
import { drawPlan } from './plans.js';
import type { Streams } from './streams.js';

/** Measures the loss on the validation part. */
export interface Validator {
  /** Mean of each metric over the same batches with the same masks every time. */
  measure(params: Tree<NdArray>): Promise<Record<string, number>>;
  dispose(): Promise<void>;
}

/** What {@link createValidator} works with. */
export interface ValidatorParts {
  readonly config: TrainerConfig;
  readonly model: M3aeConfig;
  readonly loss: LossConfig;
  readonly part: Part;
  readonly loader: Loader;
  readonly streams: Streams;
  readonly engine: Engine;
}

/** Examples with nothing hidden, mixed or smoothed. */
function wholeBatch(
  method: 'clip' | 'supervised',
  model: M3aeConfig,
  { patches, tokenIds, paddingMask, labels }: Batch,
): Omit<StepBatch, 'learningRate'> {
  return method === 'clip'
    ? { patches, tokenIds, paddingMask }
    : { patches, targets: targetsOf(labels!, model) };
}

/** A batch of the validation part with its weight in the mean: the examples that could be read. */
interface FixedBatch {
  readonly examples: number;
  readonly batch: Omit<StepBatch, 'learningRate'>;
}

async function fixedBatches({ config, model, part, loader, streams }: ValidatorParts): Promise<FixedBatch[]> {
  const batch = Math.min(config.train.batchSize / config.train.accumulate, part.indices.length);
  const count = Math.min(config.evaluation.lossBatches, Math.floor(part.indices.length / batch));
  const scope = config.train.maskScope;
  // Spread over the part: neighbours in it resemble each other.
  const stride = Math.max(1, Math.floor(part.indices.length / (batch * count)));
  const batches: FixedBatch[] = [];
  for (let step = 0; step < count; step++) {
    const indices = Int32Array.from(
      { length: batch },
      (_, at) => part.indices[(step * batch + at) * stride]!,
    );
    const loaded = await loader.load({ step, indices });
    const examples = loaded.indices.length; // those that cannot be read are left out
    if (examples === 0) continue;
    if (config.method === 'clip' || config.method === 'supervised') {
      batches.push({ examples, batch: wholeBatch(config.method, model, loaded) });
      continue;
    }
    const { patches, tokenIds, paddingMask } = loaded;
    const plan = (purpose: number, length: number, maskRatio: number) =>
      drawPlan(streams.validation, 2 * step + purpose, { length, maskRatio, batch: examples, scope });
    batches.push({
      examples,
      batch: {
        ...(patches && { patches, imagePlan: plan(0, patches.shape[1]!, config.image.maskRatio) }),
        ...(tokenIds && {
          tokenIds,
          paddingMask,
          textPlan: plan(1, tokenIds.shape[1]!, config.text.maskRatio),
        }),
      },
    });
  }
  return batches;
}

/** Prepares the batches and the engine once for the whole run. */
export async function createValidator(parts: ValidatorParts): Promise<Validator> {
  const { config, model, loss, engine } = parts;
  const batches = await fixedBatches(parts);
  const total = batches.reduce((sum, { examples }) => sum + examples, 0);
  const measureLoss = lossFunction(config.method, model, { ...loss, unpairedTextWeight: 0 });
  const program = engine<Record<string, NdArray>>(
    'validation',
    (params: Tree<Tensor>, batch: StepBatch<Tensor>) => measureLoss(params, batch).aux,
  );
  return {
    async measure(params) {
      const means: Record<string, number> = {};
      for (const { examples, batch } of batches) {
        const metrics = await program.run(params, batch);
        for (const [name, { data }] of Object.entries(metrics)) {
          means[name] = (means[name] ?? 0) + (data[0]! * examples) / total;
        }
      }
      return means;
    },
    dispose: () => program.dispose(),
  };
}
