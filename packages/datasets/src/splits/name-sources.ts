import type { DatasetSpec } from '../dataset.js';

/** The last name of a path, without what follows its first dot, or its last one. */
function lastOf(path: string, ending: RegExp = /$/): string {
  return path
    .replace(/[\\/]+$/, '')
    .replace(/^.*[\\/]/, '')
    .replace(ending, '');
}

/** What a source is: its file, or its folder. */
function wordsOf(spec: DatasetSpec): string {
  switch (spec.kind) {
    case 'idx':
      return lastOf(spec.images, /\.gz$/);
    case 'folder':
      return lastOf(spec.path);
    case 'table':
      return lastOf(spec.path, /\.[a-z]+$/);
    case 'webdataset':
      return lastOf([spec.shards].flat()[0]!, /\..*$/);
    case 'parquet':
    case 'hdf5':
      return lastOf([spec.files].flat()[0]!, /\..*$/);
    case 'module':
      return lastOf(spec.module, /\.[a-z]+$/);
    default:
      return spec.kind;
  }
}

function camelCase(words: string): string {
  const [first = 'set', ...rest] = words.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return first + rest.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}

/**
 * Names for sources by which their figures can be told: of a file or a folder the last name of its path, in camel case.
 *
 * @param sources - Specs; or words, for what is no file.
 * @param taken - Names that others have.
 * @returns A name each, all different.
 *
 * @example
 * ```ts
 * nameSources([{ kind: 'folder', path: 'data/street signs/' }, 'circle-flags', 'circle-flags']);
 * // ['streetSigns', 'circleFlags', 'circleFlags2']
 * ```
 */
export function nameSources(
  sources: readonly (DatasetSpec | string)[],
  taken: readonly string[] = [],
): string[] {
  const names = new Set(taken);
  return sources.map((source) => {
    const base = camelCase(typeof source === 'string' ? source : wordsOf(source));
    let name = base;
    for (let number = 2; names.has(name); number++) name = `${base}${number}`;
    names.add(name);
    return name;
  });
}
