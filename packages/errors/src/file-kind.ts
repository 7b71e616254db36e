/** A message that begins with its version, of which ONNX has at most 32, and one of its other fields behind. */
const isOnnx = (head: string): boolean =>
  head.startsWith('\x08') && head.charCodeAt(1) <= 32 && ['\x12', '\x1a', '"', ':', 'B'].includes(head[2]!);

/**
 * Kinds of files that turn up where another was meant: by which mark, pattern or test their first 512 bytes are known, their name,
 * and what to do about some of them, whatever was meant.
 */
const heads = {
  empty: [/^$/, 'an empty file', 'Fetch it again.'],
  hdf5: ['\x89HDF\r\n\x1a\n', 'an HDF5 file'],
  gitLfs: ['version https://git-lfs', 'a pointer of Git LFS, not the file itself', 'Run: git lfs pull.'],
  webPage: [
    /^\s*(<!doctype html|<html|<\?xml)/i,
    'a web page, most likely an error or a login',
    'Fetch the file by its direct address.',
  ],
  parquet: ['PAR1', 'a Parquet file'],
  tar: [/^.{257}ustar/s, 'a tar archive'],
  zip: ['PK\x03\x04', 'a zip archive', 'Unpack it first.'],
  gzip: ['\x1f\x8b', 'a gzip file', 'Unpack it with gunzip first.'],
  packed: [/^(BZh|\xfd7zXZ)/, 'a packed file', 'Unpack it first.'],
  picture: [/^(\xff\xd8\xff|\x89PNG|GIF8|RIFF)/, 'a picture'],
  numpy: ['\x93NUMPY', 'a single NumPy array'],
  onnx: [isOnnx, 'an ONNX file'],
  gguf: ['GGUF', 'a GGUF file'],
  json: [/^\s*[[{]\s*["{[\]}]/, 'a JSON file'],
} as const satisfies Readonly<Record<FileKindName, readonly [mark: Mark, name: string, remedy?: string]>>;

type Mark = string | RegExp | ((head: string) => boolean);

/** A kind of files that {@link knownFile} knows. */
export type FileKindName =
  | 'empty'
  | 'hdf5'
  | 'gitLfs'
  | 'webPage'
  | 'parquet'
  | 'tar'
  | 'zip'
  | 'gzip'
  | 'packed'
  | 'picture'
  | 'numpy'
  | 'onnx'
  | 'gguf'
  | 'json';

/**
 * What a file is by its first bytes, to say so where another kind was meant.
 *
 * @param head - The first 512 bytes, or all where there are fewer.
 * @param remedies - What to do about a kind, where that is not the same for everybody.
 * @returns Its kind, its name with an article, and what to do, `''` where nothing is told; undefined where the kind is not known.
 *
 * @example
 * ```ts
 * knownFile(new TextEncoder().encode('<html>'))?.name; // 'a web page, most likely an error or a login'
 * ```
 */
export function knownFile(
  head: Uint8Array,
  remedies: Readonly<Partial<Record<FileKindName, string>>> = {},
): { readonly kind: FileKindName; readonly name: string; readonly remedy: string } | undefined {
  const text = String.fromCharCode(...head.subarray(0, 512)); // a letter a byte
  for (const [kind, [mark, name, remedy = '']] of Object.entries(heads) as [
    FileKindName,
    readonly [mark: Mark, name: string, remedy?: string],
  ][]) {
    if (fits(text, mark)) return { kind, name, remedy: remedies[kind] ?? remedy };
  }
  return undefined;
}

function fits(head: string, mark: Mark): boolean {
  if (typeof mark === 'string') return head.startsWith(mark);
  return typeof mark === 'function' ? mark(head) : mark.test(head);
}
