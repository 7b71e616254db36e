import type { DataSplit } from '@m3ae/datasets';
import { type Fault, faultOf } from '@m3ae/errors';
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
