import { invalidField, listSome, sentenceOf, unusable } from '@m3ae/errors';
import { classificationFault, type LabeledSplits, limited } from '@m3ae/evaluation/model';
import type { TrainerConfig } from '../config/schema.js';
import type { Sources } from '../run/sources.js';
import type { OpenedRun } from './open-run.js';

/** Why nothing can be classified, in a sentence; nothing where all is there. */
export function whyUnclassified({ labeled, validation, tests }: Sources): string | undefined {
  const fault = classificationFault({ train: labeled, validation, tests });
  return fault && sentenceOf({ ...fault, path: `data.source.${fault.path}` });
}

/**
 * Refuses a supervised model on other classes than it was trained on: its head numbers them, and a class that came or
 * went gives every later one another number.
 *
 * @throws InvalidInput naming what came and what went; a run of an earlier version has no names to compare.
 */
export function refuseOtherClasses(
  { config, record }: Pick<OpenedRun, 'config' | 'record'>,
  { labeled }: Sources,
): void {
  const { classNames: trained } = record;
  const found = labeled?.dataset.classNames;
  if (config.method !== 'supervised' || trained === undefined || found === undefined) return;
  if (JSON.stringify(found) === JSON.stringify(trained)) return;
  const come = found.filter((name) => !trained.includes(name));
  const gone = trained.filter((name) => !found.includes(name));
  throw invalidField(
    'The classes of the pictures',
    `the ${trained.length} that the model was trained on`,
    `${found.length} (new: ${listSome(come, 5) || 'none'}; gone: ${listSome(gone, 5) || 'none'})`,
    'Restore them, or train a model on these.',
  );
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
