import { isAbsolute, relative, resolve, sep } from 'node:path';
import { type FolderListing, isInside } from './scan.js';

/** Where a named file lies in a listing. */
export interface FoundFile {
  /** Index into `listing.files`; undefined where it is not there. */
  readonly at?: number;
  /** Why it is not there. */
  readonly missing?: 'outside' | 'absent';
  /** The name is only the same after Unicode normalization: ü as one letter, or as u with two dots. */
  readonly normalized?: boolean;
}

/** Takes names for files of a server, each once, and adds them to a list. */
export function remoteFinder(files: string[]): (name: string) => FoundFile & { readonly at: number } {
  const places = new Map<string, number>();
  return (name) => {
    const at = places.get(name) ?? files.push(name) - 1;
    places.set(name, at);
    return { at };
  };
}

/**
 * Looks up files by the names that captions give them: relative to the folder, or absolute and inside it. Names that
 * differ only in how accents are stored are the same, as macOS changes that.
 *
 * @param path - The folder as it was given.
 */
export function fileFinder({ root, files }: FolderListing, path: string): (name: string) => FoundFile {
  let latest = 0;
  let byNormalized: Map<string, number> | undefined;
  const relativeTo = (name: string): string => {
    if (!isAbsolute(name)) return name;
    const inside = [resolve(path), root].map((from) => relative(from, name)).find(isInside);
    return inside === undefined ? name : inside.split(sep).join('/');
  };
  return (given) => {
    // Captions mostly come in the order of their pictures, and those of one picture together.
    if (files[latest] === given) return { at: latest };
    if (files[latest + 1] === given) return { at: ++latest };
    const name = relativeTo(given);
    if (!isInside(name)) return { missing: 'outside' };
    const at = indexOfSorted(files, name);
    if (at >= 0) {
      latest = at;
      return { at };
    }
    byNormalized ??= new Map(files.map((file, index) => [file.normalize('NFC'), index]));
    const same = byNormalized.get(name.normalize('NFC'));
    return same === undefined ? { missing: 'absent' } : { at: same, normalized: true };
  };
}

/** Where a text stands in a list in the order of code units; −1 if it does not. Takes no memory, unlike a map. */
function indexOfSorted(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = sorted[middle]!;
    if (found === text) return middle;
    if (found < text) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
