import { fractionOf } from '../fraction.js';
import type { CaptionRow } from './captions.js';
import type { ResolvedFolderSpec } from './spec.js';

/** Whether a picture belongs to the part that the spec asks for; decided by a hash of its path. */
export function isInSplit({ split, validationShare }: ResolvedFolderSpec, image: string): boolean {
  if (split === 'all') return true;
  return fractionOf(`folder ${image}`) < validationShare === (split === 'validation');
}

/** The class of a picture; undefined where it has none. */
export function labelOf(spec: ResolvedFolderSpec, { image, label }: CaptionRow): string | undefined {
  if (spec.labels === 'column') return label;
  return image.includes('/') ? image.slice(0, image.indexOf('/')) : undefined;
}

/** Classes as numbers. They are counted over the whole folder, so that all its splits number them alike. */
export function labelsOf(
  spec: ResolvedFolderSpec,
  all: readonly CaptionRow[],
  rows: readonly CaptionRow[],
): { labels?: Int32Array; classNames?: string[] } {
  if (spec.labels === 'none') return {};
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  const classNames = [...new Set(all.map((row) => labelOf(spec, row)!))].sort(compare);
  const places = new Map(classNames.map((name, place) => [name, place]));
  return { classNames, labels: Int32Array.from(rows, (row) => places.get(labelOf(spec, row)!)!) };
}
