import { createLoader, type DataSplit, limited, type Loader } from '@m3ae/datasets';
import { type Fault, faultOf, sentenceOf, unusable } from '@m3ae/errors';
import { key } from '@m3ae/random';
import type { PatchLayout } from '../reconstruction/views.js';
import type { ModelText } from './opened-model.js';

/** What a classifier learns from, is chosen on and is measured on. */
export interface LabeledSplits {
  readonly train: DataSplit;
  readonly validation: DataSplit;
  /** One or more. */
  readonly tests: readonly DataSplit[];
}

/** A split's examples whose pictures have captions. */
export function captioned<Split extends DataSplit>(split: Split): Split {
  const { dataset, indices } = split;
  return { ...split, indices: indices.filter((index) => dataset.caption(index) !== '') };
}

/** Why nothing can be classified; nothing where all is there. */
export function classificationFault({
  train,
  validation,
  tests,
}: {
  readonly [Name in 'train' | 'validation']: DataSplit | null;
} & Pick<LabeledSplits, 'tests'>): Fault | undefined {
  const { labels } = train?.dataset ?? {};
  if (train === null || labels === undefined) {
    const rule = 'given, as they say where the classes come from';
    return faultOf('labels', rule, 'none', 'Write e.g. labels: "subfolder" for a folder a class.');
  }
  if (tests.length === 0 || [validation, ...tests].some((split) => !split?.indices.length)) {
    const rule = 'so large that the validation and test splits hold pictures';
    return faultOf('validationShare', rule, 'an empty split', 'Raise it, e.g. to 0.2.');
  }
  const present = new Set(Array.from(train.indices, (index) => labels[index])).size;
  if (present >= 2) return undefined;
  return faultOf('labels', 'of at least two classes', present, 'Add pictures of another class.');
}

/** What may be classified: training examples that have labels, and the splits kept apart. */
export interface ClassifiedSplits extends Pick<LabeledSplits, 'tests'> {
  /** Null where no example has a label. */
  readonly labeled: DataSplit | null;
  readonly validation: DataSplit | null;
}

/**
 * Why nothing can be classified, in a sentence; nothing where all is there.
 *
 * @param prefix - What paths begin with, e.g. `data.source`.
 */
export function whyUnclassified(
  { labeled: train, validation, tests }: ClassifiedSplits,
  prefix?: string,
): string | undefined {
  const fault = classificationFault({ train, validation, tests });
  if (fault === undefined) return undefined;
  return sentenceOf(prefix === undefined ? fault : { ...fault, path: `${prefix}.${fault.path}` });
}

/**
 * The splits that classifiers learn from, are chosen on and measured on.
 *
 * @param options - At most so many training examples, evenly spread, and what paths begin with in errors.
 * @throws InvalidInput if the pictures have no classes, or a split is empty.
 */
export function labeledSplits(
  splits: ClassifiedSplits,
  {
    maxTrainExamples = Infinity,
    prefix,
  }: { readonly maxTrainExamples?: number; readonly prefix?: string } = {},
): LabeledSplits {
  const why = whyUnclassified(splits, prefix);
  if (why !== undefined) throw unusable([why]);
  const { labeled, validation, tests } = splits;
  return { train: limited(labeled!, maxTrainExamples), validation: validation!, tests };
}

/** What a loader reads pictures and captions as. */
export interface LoadedForm {
  readonly image: Pick<PatchLayout, 'size' | 'patchSize' | 'mean' | 'std'>;
  /** Left out, captions are not read. */
  readonly text?: ModelText;
}

/** A loader for an evaluation: the centers of whole pictures, in this thread; files that cannot be decoded are left out. */
export function openSplit(
  { image: { size, patchSize, mean, std }, text }: LoadedForm,
  { dataset, indices }: Pick<DataSplit, 'dataset' | 'indices'>,
  maxBadShare?: number,
): Loader {
  return createLoader(dataset, {
    image: { size, patchSize, mean, std },
    ...(text &&
      dataset.kind === 'paired' && { text: { maxLength: text.maxLength, tokenizer: text.tokenizer } }),
    key: key(0), // no evaluation draws anything
    evaluation: true,
    examples: indices,
    maxBadShare,
  });
}
