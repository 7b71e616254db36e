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
