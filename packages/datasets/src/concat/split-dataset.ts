import { hash } from 'node:crypto';
import { invalidField, isInInterval, unusable } from '@m3ae/errors';
import { type Dataset, requireDataset } from '../dataset.js';
import { subset } from './subset.js';

/**
 * Keeps some examples apart. Which, a hash of their group decides, or of what they are called, so that examples of one group
 * or picture stay together, and nothing moves when others are added.
 *
 * @param share - Of the examples kept apart, in [0, 1); 0 keeps none.
 * @throws InvalidInput if the share is out of range, or all examples fall into one part.
 *
 * @example
 * ```ts
 * const { train, validation } = splitDataset(photos, 0.1);
 * ```
 */
export function splitDataset(
  dataset: Dataset,
  share: number,
): { readonly train: Dataset; readonly validation: Dataset | null } {
  requireDataset('dataset', dataset);
  if (!isInInterval(share, '[0, 1)')) {
    throw invalidField('share', 'in [0, 1)', share, 'Write one tenth as 0.1.');
  }
  if (share === 0) return { train: dataset, validation: null };
  const kept: number[] = [];
  const others: number[] = [];
  for (let index = 0; index < dataset.length; index++) {
    const group = dataset.group?.(index);
    const place = group === undefined ? dataset.describe(index) : `group ${group}`;
    const isKept = fractionOf(`split ${place}`) < share;
    (isKept ? kept : others).push(index);
  }
  if (kept.length === 0 || others.length === 0) {
    const part = kept.length === 0 ? 'validation' : 'train';
    throw unusable(`The ${part} part of ${dataset.name} is empty. Add examples, or change validationShare.`);
  }
  return { train: subset(dataset, others), validation: subset(dataset, kept) };
}

/**
 * A number in [0, 1) that depends on the text alone: the first 32 bits of its SHA-256.
 * Splits made with it stay the same when examples are added, removed or reordered.
 */
export function fractionOf(text: string): number {
  return Number.parseInt(hash('sha256', text).slice(0, 8), 16) / 2 ** 32;
}
