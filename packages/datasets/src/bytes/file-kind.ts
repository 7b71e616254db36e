/** What a file is by its first letters or by a pattern that its beginning fits, and what to do. */
const kinds: readonly (readonly [head: string | RegExp, name: string, remedy: string])[] = [
  [/^$/, 'an empty file', 'Fetch it again.'],
  ['version https://git-lfs', 'a pointer of Git LFS, not the file itself', 'Run: git lfs pull.'],
  [
    /^\s*(<!doctype html|<html|<\?xml)/i,
    'a web page, most likely an error or a login',
    'Fetch the file by its direct address.',
  ],
  ['\x89HDF\r\n\x1a\n', 'an HDF5 file', 'Name it with hdf5:.'],
  ['PAR1', 'a Parquet file', 'Name it with parquet:.'],
  [/^.{257}ustar/s, 'a tar archive', 'Name it with webdataset:.'],
  ['PK\x03\x04', 'a zip archive', 'Unpack it first.'],
  ['\x1f\x8b', 'a gzip file', 'Unpack it with gunzip first.'],
  [/^(\xff\xd8\xff|\x89PNG|GIF8|RIFF)/, 'a picture', 'Name its folder with folder:.'],
  [/^\s*[[{]\s*["{[\]}]/, 'a JSON file', 'Name it with jsonl: or coco:.'],
];

/**
 * The sentences that say what a file is by its first 512 bytes; `''` where nothing is known.
 *
 * @param expected - The kind that it should be: if it begins so, it is damaged and no other.
 */
export function describeKind(bytes: Uint8Array, expected: string): string {
  const head = Buffer.from(bytes.subarray(0, 512)).toString('latin1');
  const fits = (mark: string | RegExp): boolean =>
    typeof mark === 'string' ? head.startsWith(mark) : mark.test(head);
  const [, name, remedy] = kinds.find(([mark]) => fits(mark)) ?? [];
  return name === undefined || name === expected ? '' : `It is ${name}. ${remedy}`;
}
