import { fractionOf } from '../concat/split-dataset.js';
import { sortedClasses } from '../content/records.js';
import { createTally, type Tally } from '../notes.js';
import type { FolderRows } from './rows.js';
import type { ResolvedFolderSpec } from './spec.js';

/** A part of a folder. */
type FolderPart = 'train' | 'validation' | 'test';

/** Names of folders that hold a part, in any case. */
const partNames: Readonly<Record<string, FolderPart>> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
  testing: 'test',
};

/** The folders of a folder's parts, e.g. `train`, `val`. */
export interface Layout {
  /** The parts that have a folder. */
  readonly parts: ReadonlySet<FolderPart>;
  /** Pictures of each folder, in the order of their names. */
  readonly folders: ReadonlyMap<string, number>;
}

const firstFolder = (file: string): string => file.slice(0, Math.max(0, file.indexOf('/')));

/** The part whose folder a picture lies in. */
function partOf(file: string): FolderPart | undefined {
  return partNames[firstFolder(file).toLowerCase()];
}

/** The path of a picture below the folder of its part. */
function belowPart(file: string): string {
  return file.slice(file.indexOf('/') + 1);
}

/** What {@link findLayout} sees. */
export interface FoundLayout {
  /** Absent where the folder is not sorted into parts. */
  readonly layout?: Layout;
  /** Pictures beside folders that look like parts, which keep them from being taken for parts. */
  readonly strays: Tally;
}

/**
 * Recognizes a folder whose pictures are sorted into parts: all of them lie in sub-folders named `train`, `val` and
 * so on, `train` among them.
 */
export function findLayout(
  { layout: wanted }: ResolvedFolderSpec,
  { files, pictures }: FolderRows,
): FoundLayout {
  const strays = createTally();
  const folders = new Map<string, number>();
  const parts = new Set<FolderPart>();
  for (const picture of wanted === 'none' ? [] : pictures) {
    const file = files[picture]!;
    const part = partOf(file);
    if (part === undefined) {
      strays.add(file);
      continue;
    }
    parts.add(part);
    folders.set(firstFolder(file), (folders.get(firstFolder(file)) ?? 0) + 1);
  }
  if (!parts.has('train')) return { strays: createTally() };
  if (strays.count === 0) return { layout: { parts, folders }, strays };
  return { strays: parts.size > 1 ? strays : createTally() };
}

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
  const classNames = sortedClasses(names);
  const places = new Map(classNames.map((name, place) => [name, place]));
  return { classNames, labels: chosen.map((row) => places.get(classOf(spec, rows, row, layout)!)!) };
}
