import { listSome, unusable, invalidField } from '@m3ae/errors';
import type { TrainerConfig } from '../config/schema.js';
import type { Part } from '../run/parts.js';
import type { Sources } from '../run/sources.js';
import type { OpenedRun } from './open-run.js';

/** Parts of a run whose pictures have classes. */
export interface LabelledParts {
  readonly train: Part;
  readonly validation: Part;
  readonly tests: readonly Part[];
}

/** At most `limit` of some indices, evenly spread. */
function spread(indices: Int32Array, limit: number): Int32Array {
  if (indices.length <= limit) return indices;
  return Int32Array.from({ length: limit }, (_, at) => indices[Math.floor((at * indices.length) / limit)]!);
}

/** A part with at most `limit` of its examples, evenly spread. */
export function limited(part: Part, limit: number): Part {
  return { ...part, indices: spread(part.indices, limit) };
}

/** Why nothing can be classified, in a sentence; nothing where all is there. */
export function classificationFault(sources: Sources): string | undefined {
  const { labelled: train, validation, tests } = sources;
  if (train?.dataset.labels === undefined) {
    return 'data.source.labels must say where the classes come from; received none. Write e.g. --set data.source.labels=subfolder.';
  }
  const empty = [validation, ...(tests.length === 0 ? [null] : tests)].some(
    (part) => part === null || part.indices.length === 0,
  );
  if (empty) {
    return 'The validation and test parts must hold pictures; received an empty one. Raise data.source.validationShare, e.g. to 0.2.';
  }
  const present = new Set(Array.from(train.indices, (index) => train.dataset.labels![index]));
  if (present.size < 2) {
    return `The training part must hold at least two classes; received ${present.size}. Add pictures of another class.`;
  }
  return undefined;
}

/**
 * Refuses a supervised model on other classes than it was trained on: its head numbers them, and a class that came or
 * went gives every later one another number.
 *
 * @throws InvalidInput naming what came and what went; a run of an earlier version has no names to compare.
 */
export function refuseOtherClasses(
  { config, record }: Pick<OpenedRun, 'config' | 'record'>,
  { labelled }: Sources,
): void {
  const { classNames: trained } = record;
  const found = labelled?.dataset.classNames;
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
 * The parts that classifiers learn from, are chosen on and measured on.
 *
 * @throws InvalidInput if the pictures have no classes, or a part is empty.
 */
export function labelledParts(
  sources: Sources,
  { evaluation }: Pick<TrainerConfig, 'evaluation'>,
): LabelledParts {
  const fault = classificationFault(sources);
  if (fault !== undefined) throw unusable([fault]);
  const { labelled: train, validation, tests } = sources;
  return { train: limited(train!, evaluation.maxTrainExamples), validation: validation!, tests };
}
