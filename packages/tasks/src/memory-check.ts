import { type Fault, faultOf, isRecord } from '@m3ae/errors';
import type { ModelConfig } from '@m3ae/transformer';
import { parameterCount } from './model-of.js';
import { estimateMemory, type MemoryParts, memoryParts, type TrainingSizes } from './memory.js';

/** What of a config rules whether a training fits, and what could be lowered. */
export interface FittedSizes extends TrainingSizes {
  readonly model: { readonly size?: string; readonly embedDim?: number };
  readonly train: TrainingSizes['train'] & {
    /** Where it is computed; on all but `cpu`, model and activations lie in another memory. */
    readonly device: string;
  };
}

/** The setting that rules each part of the memory, and what to do about it. */
type Remedy = (
  config: FittedSizes,
  fits: (train: Partial<FittedSizes['train']>) => boolean,
) => [setting: string, remedy: string];

const remedies: Record<keyof MemoryParts, Remedy> = {
  model: ({ model }) => [model.size === undefined ? 'model.embedDim' : 'model.size', 'Take a smaller model.'],
  activations: ({ train }, fits) => {
    const inParts = { accumulate: train.batchSize };
    if (train.accumulate < train.batchSize && fits(inParts))
      return ['train.accumulate', 'Raise it: it cuts a batch into parts, of which one is held at a time.'];
    if (train.recompute === 'none' && fits({ ...inParts, recompute: 'blocks' }))
      return ['train.recompute', 'Set it to "blocks": what is inside of blocks is then computed again.'];
    return ['image.size', 'Take smaller pictures, larger patches, shorter texts or a smaller model.'];
  },
  waiting: () => ['data.queueSize', 'Lower it, or raise train.accumulate.'],
  workers: () => ['data.workers', 'Lower it.'],
};

const valueAt = (config: object, path: string) =>
  path.split('.').reduce<unknown>((place, name) => (isRecord(place) ? place[name] : undefined), config);

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;

/** What {@link checkMemory} found: nothing, a warning, or a fault that ends the run. */
export interface MemoryVerdict {
  readonly fault?: Fault;
  readonly warning?: string;
}

/**
 * Compares what a training needs with what the machine has, before anything is allocated. Only a run whose estimate is twice the
 * memory is at fault, as the estimate can be nearly twice too high; above once there is a warning. On a GPU, whose memory is not
 * known here, model and activations do not count.
 *
 * @param available - Bytes; `availableMemory` of `@m3ae/runs` tells those of this machine or container.
 * @returns Nothing where it fits; the fault is that of the setting which rules most of the memory.
 *
 * @example
 * ```ts
 * const { fault, warning } = checkMemory(config, modelOf(config, facts), availableMemory());
 * ```
 */
export function checkMemory(config: FittedSizes, model: ModelConfig, available: number): MemoryVerdict {
  const { train } = config;
  const facts = { parameters: parameterCount(config.method, model) };
  const all = memoryParts(config, model, facts);
  const onCpu = train.device === 'cpu';
  const parts = onCpu ? all : { ...all, model: 0, activations: 0 };
  const needed = estimateMemory(config, model, facts) - (onCpu ? 0 : all.model + all.activations);
  if (needed <= available) return {};
  const [largest] = (Object.entries(parts) as [keyof MemoryParts, number][]).sort(
    ([, a], [, b]) => b - a,
  )[0]!;
  const [setting, remedy] = remedies[largest](
    config,
    (change) => estimateMemory({ ...config, train: { ...train, ...change } }, model, facts) <= available,
  );
  const sizes = `${gigabytes(available)} of memory`;
  if (needed <= 2 * available) {
    return {
      warning: `Warning: about ${gigabytes(needed)} may be needed, and there are ${sizes}. If it is too much: ${setting}. ${remedy}`,
    };
  }
  const rule = `for a run that fits into ${sizes}, and not one of about ${gigabytes(needed)}`;
  return { fault: faultOf(setting, rule, valueAt(config, setting), remedy) };
}
