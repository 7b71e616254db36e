import type { DataSplit } from '@m3ae/datasets';
import { unusable } from '@m3ae/errors';
import type { EncodedSplits } from '../evaluator.js';
import type { FeatureName } from '../probe/classifier-results.js';
import type { LabeledSplits } from './data-split.js';
import {
  type EncodedDataSplit,
  encodeLabeled,
  type EncodeOptions,
  encodeSplits,
  type EvaluationLog,
} from './encode-splits.js';
import type { PictureEncoder } from './picture-encoder.js';

/**
 * Says which classes have one training picture: their spread is that of the others.
 *
 * @throws InvalidInput if that is so of all classes, as nothing can then tell a spread.
 */
export function refuseLoneClasses({ train: { dataset, indices } }: LabeledSplits, log?: EvaluationLog): void {
  const { labels, classNames: names } = dataset;
  if (labels === undefined || names === undefined) return; // encodeLabeled says what is missing
  const counts = new Int32Array(names.length);
  indices.forEach((index) => counts[labels[index]!]!++);
  const lone = names.filter((_, label) => counts[label] === 1);
  if (lone.length === 0) return;
  if (lone.length < counts.filter((count) => count > 0).length) {
    const more = lone.length > 1 ? ` and ${lone.length - 1} more` : '';
    log?.say(
      `One training picture alone is of class ${lone[0]}${more}: its spread is taken from the others.`,
    );
    return;
  }
  throw unusable([
    `Classes must hold more than one training picture for ood; received one of each, e.g. of ${lone[0]}. Gather more pictures.`,
  ]);
}

/** Features of a model's own pictures and of those that are not of their kind. */
export interface EncodedOutliers {
  readonly splits: EncodedSplits;
  readonly outside: readonly EncodedDataSplit[];
}

/**
 * Encodes labeled splits, and sets of pictures of another kind: what `outlierEvaluator` takes.
 *
 * @throws InvalidInput if the pictures have no classes, or a split is empty.
 */
export async function encodeOutliers(
  encoder: PictureEncoder,
  labeled: LabeledSplits,
  outside: readonly DataSplit[],
  names: readonly FeatureName[],
  options: EncodeOptions = {},
): Promise<EncodedOutliers> {
  const splits = await encodeLabeled(encoder, labeled, names, options);
  return { splits, outside: await encodeSplits(encoder, outside, names, options) };
}
