import type { DataSplit, DuplicatePicture } from '@m3ae/datasets';
import { listSome, pluralize } from '@m3ae/errors';
import { textTable } from './table.js';

/** Classes that are listed before the rest is counted. */
const listed = 20;

/** How many pictures of a class each split has. */
export interface ClassCount {
  readonly name: string;
  /** In the order of the splits. */
  readonly counts: readonly number[];
}

/** Counts the pictures of each class in each split; empty where the pictures have no classes. */
export function classCounts(splits: readonly DataSplit[]): ClassCount[] {
  const names = splits[0]?.dataset.classNames ?? [];
  const counts = splits.map(({ dataset: { labels }, indices }) => {
    const found = new Int32Array(names.length);
    if (labels) indices.forEach((index) => found[labels[index]!]!++);
    return found;
  });
  return names.map((name, label) => ({ name, counts: counts.map((of) => of[label]!) }));
}

/**
 * The table of classes: a row a class, a column a split, and the classes of which there is no training picture.
 *
 * @param splits - The training split first.
 * @returns Lines of text; none where the pictures have no classes.
 */
export function classLines(splits: readonly DataSplit[]): string[] {
  const all = classCounts(splits);
  if (all.length === 0) return [];
  const rows = all.slice(0, listed).map(({ name, counts }) => [name, ...counts.map(String)]);
  const heads = [`${all.length} classes`, ...splits.map(({ title }) => title)];
  const more = all.length > listed ? [`and ${all.length - listed} more`] : [];
  const unlearned = all.filter(({ counts }) => counts[0] === 0).map(({ name }) => name);
  if (unlearned.length > 0)
    more.push(`without a training picture, so never named: ${listSome(unlearned, 5)}`);
  return ['Classes:', ...[...textTable([heads, ...rows]), ...more].map((line) => `  ${line}`)];
}

/**
 * Pictures with the same bytes in lines of text; those on both sides of a split flatter every figure.
 *
 * @param groups - What `duplicatePictures` of `@m3ae/datasets` finds.
 * @returns None where there are none.
 */
export function duplicateLines(groups: readonly (readonly DuplicatePicture[])[]): string[] {
  if (groups.length === 0) return [];
  const words = (group: readonly DuplicatePicture[]) => {
    // Where they lie in several parts, one of each is told.
    const other = group.find(({ part }) => part !== group[0]!.part) ?? group[1]!;
    const more = group.length > 2 ? ` (and ${group.length - 2} more)` : '';
    return `${group[0]!.place} = ${other.place}${more}`;
  };
  const surplus = groups.reduce((sum, group) => sum + group.length - 1, 0);
  const have = pluralize(surplus, 'picture has', 'pictures have');
  const kept = `${surplus === 1 ? 'is' : 'are'} kept`;
  const lines = [`Duplicates: ${have} the bytes of another and ${kept}: ${listSome(groups.map(words), 5)}`];
  const across = groups.filter((group) => new Set(group.map(({ part }) => part)).size > 1);
  if (across.length === 0) return lines;
  const are = pluralize(across.length, 'of these pictures is', 'of these pictures are');
  return [
    ...lines,
    `  ${are} in more than one part, so that what is measured was also trained on or chosen by: ${listSome(across.map(words), 5)}`,
  ];
}
