import { collectFaults, invalidField, nearestHint, requireList, requireRecord } from '@m3ae/errors';
import { joinDatasets } from './concat/join-datasets.js';
import type { Dataset, DatasetSpec, OnProgress } from './dataset.js';
import { openFolder } from './folder/open-folder.js';
import { openHdf5 } from './hdf5/open-hdf5.js';
import { openIdx } from './idx/open-idx.js';
import { type Address, addressHint, addressSchemes, specOfAddress } from './source/address.js';
import { openModuleSpec } from './source/load-module.js';
import { openTable } from './table/open-table.js';
import { openTextFiles } from './text/open-text.js';
import { openWebdataset } from './webdataset/open-webdataset.js';

type SpecOf<Kind> = Extract<DatasetSpec, { readonly kind: Kind }>;

/** Opens each source; faults of all come with the place of theirs. */
async function openConcat({ sources }: SpecOf<'concat'>, onProgress?: OnProgress): Promise<Dataset> {
  requireList('sources', sources, 'Write e.g. ["folder:photos", "csv:captions.csv"].');
  const opening = await Promise.allSettled(sources.map((source) => openDataset(source, onProgress)));
  const check = collectFaults();
  const opened = opening.flatMap((result, place) => {
    if (result.status === 'fulfilled') return [result.value];
    check.keep(`sources.${place}`, result.reason);
    return [];
  });
  check.throwIfAny();
  return joinDatasets(opened);
}

/** How each kind is opened. A kind of anybody else's is a module. */
const openers: {
  readonly [Kind in DatasetSpec['kind']]: (spec: SpecOf<Kind>, onProgress?: OnProgress) => Promise<Dataset>;
} = {
  folder: openFolder,
  table: openTable,
  webdataset: openWebdataset,
  text: openTextFiles,
  parquet: async (spec, onProgress) =>
    (await import('./parquet/open-parquet.js')).openParquet(spec, onProgress),
  hdf5: openHdf5,
  idx: openIdx,
  module: openModuleSpec,
  concat: openConcat,
};

/**
 * Opens any dataset by its spec, or by its address.
 *
 * @param source - Plain JSON, of which `kind` says which; or a text such as `csv:captions.csv`.
 * @param onProgress - Told how far it is, where opening takes long.
 * @throws InvalidInput if the kind or an option is unknown or out of range, or the data is missing or unusable; all faults
 * at once.
 *
 * @example
 * ```ts
 * const photos = await openDataset({ kind: 'folder', path: 'photos' });
 * const shards = await openDataset('webdataset:cc12m/{00000..00099}.tar');
 * const shapes = await openDataset({ kind: 'module', module: './shapes.js', options: { count: 100 } });
 * ```
 */
export async function openDataset(source: DatasetSpec | Address, onProgress?: OnProgress): Promise<Dataset> {
  const spec = typeof source === 'string' ? specOf(source) : source;
  requireRecord('source', spec, 'kind, …', 'Write e.g. "folder:photos".');
  const kinds = Object.keys(openers);
  if (!kinds.includes(spec.kind))
    throw invalidField('kind', `one of ${kinds.join(', ')}`, spec.kind, nearestHint(`${spec.kind}`, kinds));
  const open = openers[spec.kind] as (spec: DatasetSpec, onProgress?: OnProgress) => Promise<Dataset>; // of its own kind
  return open(spec, onProgress);
}

function specOf(address: string): DatasetSpec {
  const spec = specOfAddress(address);
  if (spec) return spec;
  const rule = `an address that begins with ${addressSchemes.map((scheme) => `${scheme}:`).join(', ')}`;
  throw invalidField('source', rule, address, addressHint(address));
}
