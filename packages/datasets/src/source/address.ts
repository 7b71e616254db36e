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
