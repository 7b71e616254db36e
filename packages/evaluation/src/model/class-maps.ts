import { type DataSplit, limited } from '@m3ae/datasets';
import { invalidField } from '@m3ae/errors';
import type { RngKey } from '@m3ae/random';
import { classMap, type EmbeddingMethod, type MapResults, type ModelMap } from '../embedding/embed-2d.js';
import { featuresOf } from '../evaluator.js';
import type { FeatureName } from '../probe/classifier-results.js';
import type { EncodedDataSplit } from './encode-splits.js';
import type { EvaluationLog } from './read-split.js';

/** Classes to color pictures by. */
export interface MapClasses {
  /** Of each example of the dataset. */
  readonly labels: Int32Array;
  /** In the order of the labels. */
  readonly names: readonly string[];
}

/** Pictures that are mapped: a split of them, and the class of each by its place in the dataset. */
export interface MappedPictures {
  readonly split: DataSplit;
  /** Place among the classes of the map of an example of the dataset. */
  readonly labelOf: (index: number) => number;
  readonly classNames: readonly string[];
  /** How many classes the split has. */
  readonly classes: number;
}

/**
 * Pictures of the most frequent classes, evenly spread.
 *
 * @param classes - Null only where there is no split.
 * @param options - At most so many `pictures`, of so many classes: `mostClasses`.
 * @throws InvalidInput if the split holds fewer than four.
 */
export function pickForMap(
  split: DataSplit | null | undefined,
  classes: MapClasses | null,
  { pictures, mostClasses }: { readonly pictures: number; readonly mostClasses: number },
): MappedPictures {
  if (!split || !classes || split.indices.length < 4) {
    const remedy = 'Keep more pictures apart, e.g. by a validationShare of 0.2.';
    const count = split?.indices.length ?? 0;
    throw invalidField('The test split', 'of at least 4 pictures, for a map', count, remedy);
  }
  const { labels, names } = classes;
  const counts = names.map((_, label) => split.indices.filter((index) => labels[index] === label).length);
  const present = [...counts.keys()].filter((label) => counts[label]! > 0);
  const frequent = [...present]
    .sort((a, b) => counts[b]! - counts[a]!)
    .slice(0, mostClasses)
    .sort((a, b) => a - b);
  const indices = split.indices.filter((index) => frequent.includes(labels[index]!));
  return {
    split: limited({ ...split, indices }, pictures),
    labelOf: (index) => frequent.indexOf(labels[index]!),
    classNames: frequent.map((label) => names[label]!),
    classes: present.length,
  };
}

/** One model's features of the pictures, and what the map says of it. */
export interface MappedModel extends Omit<ModelMap, 'points'> {
  readonly encoded: EncodedDataSplit;
  readonly key: RngKey;
}

/** Lays the same pictures out in the plane, for each model. */
export function layOutMaps(
  { split, labelOf, classNames, classes }: MappedPictures,
  models: readonly MappedModel[],
  { features, method }: { readonly features: FeatureName; readonly method: EmbeddingMethod },
  log?: Pick<EvaluationLog, 'part'>,
): MapResults {
  const maps = models.map(({ encoded, key, ...told }, number) => {
    log?.part('Laying out', number, models.length);
    const labels = encoded.indices.map(labelOf);
    return { ...told, points: classMap(featuresOf(encoded, features), labels, { key, method }) };
  });
  log?.part('Laying out', models.length, models.length);
  return { method, features, classNames, classes, part: split.title, models: maps };
}
