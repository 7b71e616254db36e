import { sentenceOf, unusable } from '@m3ae/errors';
import { classificationFault, type LabeledSplits, limited } from '@m3ae/evaluation/model';
import type { TrainerConfig } from '../config/schema.js';
import type { Sources } from '../run/sources.js';

/** Why nothing can be classified, in a sentence; nothing where all is there. */
export function whyUnclassified({ labeled, validation, tests }: Sources): string | undefined {
  const fault = classificationFault({ train: labeled, validation, tests });
  return fault && sentenceOf({ ...fault, path: `data.source.${fault.path}` });
}

/**
 * The splits that classifiers learn from, are chosen on and measured on.
 *
 * @throws InvalidInput if the pictures have no classes, or a split is empty.
 */
export function labeledSplits(
  sources: Sources,
  { evaluation }: Pick<TrainerConfig, 'evaluation'>,
): LabeledSplits {
  const why = whyUnclassified(sources);
  if (why !== undefined) throw unusable([why]);
  const { labeled: train, validation, tests } = sources;
  return { train: limited(train!, evaluation.maxTrainExamples), validation: validation!, tests };
}
