import { createTally, type Tally } from './fault-counter.js';
import type { FolderRows } from './rows.js';
import type { ResolvedFolderSpec } from './spec.js';

/** A part of a folder. */
export type FolderPart = 'train' | 'validation' | 'test';

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
export function partOf(file: string): FolderPart | undefined {
  return partNames[firstFolder(file).toLowerCase()];
}

/** The path of a picture below the folder of its part. */
export function belowPart(file: string): string {
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
