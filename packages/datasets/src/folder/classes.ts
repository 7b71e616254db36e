import { fractionOf } from '../fraction.js';
import { belowPart, type Layout, partOf } from './layout.js';
import type { FolderRows } from './rows.js';
import type { ResolvedFolderSpec } from './spec.js';

/** Whether a picture belongs to a part: by the folder it lies in, or by a hash of its group or else its path. */
export function isInSplit(
  { split, validationShare }: ResolvedFolderSpec,
  image: string,
  layout?: Layout,
  group?: string,
): boolean {
  if (split === 'all') return true;
  const folder = layout === undefined ? 'train' : partOf(image);
  if (folder !== 'train' || layout?.parts.has('validation')) return folder === split;
  const place = group === undefined ? `folder ${image}` : `folder group ${group}`;
  return split === (fractionOf(place) < validationShare ? 'validation' : 'train');
}

/** The class of a row; undefined where it has none. */
export function classOf(
  spec: ResolvedFolderSpec,
  rows: FolderRows,
  row: number,
  layout?: Layout,
): string | undefined {
  if (spec.labels === 'column') return rows.labelNames[rows.labels[row]!];
  const file = rows.files[rows.pictures[row]!]!;
  const image = layout === undefined ? file : belowPart(file);
  return image.includes('/') ? image.slice(0, image.indexOf('/')) : undefined;
}

/**
 * Classes as numbers. They are counted over the whole folder, so that all its splits number them alike.
 *
 * @param chosen - The rows to label.
 */
export function labelsOf(
  spec: ResolvedFolderSpec,
  rows: FolderRows,
  chosen: Int32Array,
  layout?: Layout,
): { labels?: Int32Array; classNames?: string[] } {
  if (spec.labels === 'none') return {};
  const names = new Set<string>();
  for (let row = 0; row < rows.length; row++) names.add(classOf(spec, rows, row, layout)!);
  const classNames = [...names].sort(new Intl.Collator('en', { numeric: true }).compare);
  const places = new Map(classNames.map((name, place) => [name, place]));
  return { classNames, labels: chosen.map((row) => places.get(classOf(spec, rows, row, layout)!)!) };
}
