import { knownFile } from '@m3ae/errors';

const remedies = {
  hdf5: 'Name it with hdf5:.',
  parquet: 'Name it with parquet:.',
  tar: 'Name it with webdataset:.',
  picture: 'Name its folder with folder:.',
  json: 'Name it with jsonl: or coco:.',
};

/**
 * The sentences that say what a file is by its first 512 bytes; `''` where nothing is known.
 *
 * @param expected - The kind that it should be: if it begins so, it is damaged and no other.
 */
export function describeKind(bytes: Uint8Array, expected: 'hdf5' | 'parquet' | 'tar'): string {
  const known = knownFile(bytes, remedies);
  return known === undefined || known.kind === expected ? '' : `It is ${known.name}. ${known.remedy}`.trim();
}
