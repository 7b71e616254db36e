import { nearestName } from '@m3ae/errors';
import type { DatasetSpec } from '../dataset.js';

/** Where data lie, in one text: `folder:photos`, `csv:captions.csv`, `webdataset:shards/{000..099}.tar`. */
export type Address = `${keyof typeof schemes}:${string}`;

const schemes = {
  folder: (path) => ({ kind: 'folder', path }),
  csv: (path) => ({ kind: 'table', path }),
  tsv: (path) => ({ kind: 'table', path }),
  jsonl: (path) => ({ kind: 'table', path }),
  json: (path) => ({ kind: 'table', path }),
  coco: (path) => ({ kind: 'table', path }),
  webdataset: (path) => ({ kind: 'webdataset', shards: path }),
  parquet: (path) => ({ kind: 'parquet', files: path }),
  hdf5: (path) => ({ kind: 'hdf5', files: path }),
  text: (path) => ({ kind: 'text', path }),
  idx: (path) => ({ kind: 'idx', images: path }),
  module: (path) => ({ kind: 'module', module: path }),
} satisfies Readonly<Record<string, (path: string) => DatasetSpec>>;

/** The words that may stand before the colon of an address. */
export const addressSchemes = Object.keys(schemes) as readonly (keyof typeof schemes)[];

/**
 * The spec that an address stands for; undefined for a text that is none.
 *
 * @example
 * ```ts
 * specOfAddress('csv:captions.csv'); // { kind: 'table', path: 'captions.csv' }
 * ```
 */
export function specOfAddress(address: string): DatasetSpec | undefined {
  const at = address.indexOf(':');
  const scheme = addressSchemes.find((name) => name === address.slice(0, at).toLowerCase());
  const path = address.slice(at + 1);
  return scheme === undefined || path === '' ? undefined : schemes[scheme](path);
}

/** Words of addresses by the endings of files that are not such a word themselves. */
const schemesOfEndings: Readonly<Record<string, string>> = {
  tar: 'webdataset',
  ndjson: 'jsonl',
  h5: 'hdf5',
  txt: 'text',
  js: 'module',
  mjs: 'module',
};

/**
 * A sentence with the address that a text likely means, which is none: its word is misspelled, or it is a path alone.
 *
 * @example
 * ```ts
 * addressHint('captions.csv'); // 'Did you mean "csv:captions.csv"?'
 * ```
 */
export function addressHint(text: string): string {
  const [, word, rest] = /^(\w\w+):(?!\/\/)(.*)$/s.exec(text) ?? []; // neither a drive nor an address of the web
  const ending = /\.(\w+)$/.exec(text)?.[1]?.toLowerCase() ?? 'folder';
  const meant = word === undefined ? (schemesOfEndings[ending] ?? ending) : nearestName(word, addressSchemes);
  const scheme = addressSchemes.find((name) => name === meant);
  const path = rest ?? text;
  return scheme === undefined || path === ''
    ? 'Write e.g. "folder:photos".'
    : `Did you mean "${scheme}:${path}"?`;
}

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
