import type { DataSplit } from '@m3ae/datasets';
import { type Fault, faultOf, isRecord } from '@m3ae/errors';
import type { ModelConfig } from '@m3ae/transformer';
import { parameterCount } from './model-of.js';
import { estimateMemory, memoryParts, type MemoryParts, type TrainingSizes } from './memory.js';
import { type Method, methodTraits } from './methods.js';

/** What of a config says what its data must be. */
export interface DataNeeds {
  readonly method: Method;
  readonly data: { readonly source: { readonly kind: string } };
  readonly train: { readonly batchSize: number };
}

/** What is trained on, and what it is measured on at checkpoints. */
export interface TrainingData {
  readonly train: DataSplit;
  readonly validation: DataSplit | null;
  /** Text alone that is trained on besides. */
  readonly unpairedText: DataSplit | null;
}

function tooFew({ train }: DataNeeds, { train: pictures, unpairedText }: TrainingData): Fault[] {
  const small = [pictures, unpairedText].filter((part) => part && part.indices.length < train.batchSize);
  return small.map((part) => {
    const rule = `at most ${part!.indices.length}, the examples of ${part!.dataset.name}`;
    return faultOf('train.batchSize', rule, train.batchSize, 'Lower it, or add examples.');
  });
}

/** Labels that are no class, by how many examples have them. */
function badLabels({ dataset, indices, name }: DataSplit): Fault[] {
  const { labels, classNames } = dataset;
  const classes = classNames?.length ?? 0;
  const bad = indices.filter((index) => !(labels![index]! >= 0 && labels![index]! < classes));
  if (bad.length === 0) return [];
  const more = bad.length > 1 ? ` and ${bad.length - 1} more` : '';
  const received = `${labels![bad[0]!]!} for ${dataset.describe(bad[0]!)}${more}`;
  const remedy = 'Give each picture one of the classes, or leave it out.';
  return [faultOf(`labels of ${dataset.name} (${name})`, `in [0, ${classes})`, received, remedy)];
}

function unfitLabels({ method, data }: DataNeeds, { train, validation }: TrainingData): Fault[] {
  if (!methodTraits(method).readsLabels) return [];
  const { labels, classNames, name } = train.dataset;
  if (labels === undefined || classNames === undefined) {
    const received = `${data.source.kind} (${name}), which has none`;
    const remedy = 'Set data.source.labels, or use method "mae".';
    return [faultOf('data.source', `a source with classes for method "${method}"`, received, remedy)];
  }
  if (classNames.length < 2) {
    const rule = `a source with at least 2 classes for method "${method}"`;
    const remedy = 'Sort the pictures into more folders, or use method "mae".';
    return [faultOf('data.source', rule, classNames.length, remedy)];
  }
  return [...badLabels(train), ...(validation?.dataset.labels ? badLabels(validation) : [])];
}

function unfitCaptions(
  { method, data }: DataNeeds,
  { train, unpairedText }: TrainingData,
  begun: boolean,
): Fault[] {
  // An M3AE of pictures and of text alone is one; without any text it is an MAE with idle parameters.
  const { readsText, rebuildsText } = methodTraits(method);
  const passes = rebuildsText && (unpairedText !== null || begun);
  if (!readsText || passes || train.dataset.kind === 'paired') return [];
  const received = `${data.source.kind} (${train.dataset.name}), which has none`;
  const remedy = 'Set data.source.captions, or train on pictures alone with method: "mae".';
  return [faultOf('data.source', `a source with captions for method "${method}"`, received, remedy)];
}

/**
 * Why data cannot be trained on: too few examples for a batch, no captions or classes where the method needs them, a label that is no
 * class.
 *
 * @param begun - Whether a run goes on: earlier versions began ones of method "m3ae" without any text, which may end.
 * @returns Every fault; none where the data fit.
 *
 * @example
 * ```ts
 * const needs = { method: 'supervised', data: { source: { kind: 'folder' } }, train: { batchSize: 64 } } as const;
 * throwFaults(unfitData(needs, { train, validation: null, unpairedText: null })); // data.source must be a source with classes …
 * ```
 */
export const unfitData = (needs: DataNeeds, data: TrainingData, begun = false): Fault[] => [
  ...tooFew(needs, data),
  ...unfitLabels(needs, data),
  ...unfitCaptions(needs, data, begun),
];

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
