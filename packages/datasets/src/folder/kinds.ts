/** Endings that are taken for pictures; whether they really are is seen when they are decoded. */
export const pictureEndings = ['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif'] as const;

/** Pictures that the decoder does not read. */
const undecodable =
  /\.(bmp|heic|heif|jp2|j2k|jpx|jxl|ico|tga|psd|pcx|exr|hdr|ppm|pgm|pbm|pnm|raw|dng|cr2|cr3|nef|arw|orf|rw2|raf)$/;
/** Drawings, which are not looked for in a folder. */
const drawings = /\.(svg|svgz|eps|ai)$/;
/** Files that hold captions, or whole data sets, in other sets than ours. */
const metadata =
  /\.(csv|tsv|json|jsonl|ndjson|parquet|arrow|feather|h5|hdf5|npz|pkl|tfrecord|mat|xml|xlsx?|ods|sqlite3?|db|lmdb|tar|tgz|zip|7z|rar)(\.(gz|bz2|xz|zst))?$/;
const captionText = /(^|\/)(captions?|metadata|annotations?|labels?|results?|.*\.token)\.txt$/;

/** Whether a file name ends like a picture's. */
export function isPicture(file: string): boolean {
  const lower = file.toLowerCase();
  return pictureEndings.some((ending) => lower.endsWith(ending));
}

/** Whether a file is a picture of a kind that cannot be decoded. */
export function isUndecodable(file: string): boolean {
  return undecodable.test(file.toLowerCase());
}

/** Whether a file is a picture that is not looked for in a folder. */
export function isOtherPicture(file: string): boolean {
  return isUndecodable(file) || drawings.test(file.toLowerCase());
}

/** Whether a file stands beside a picture and may hold its caption. */
export function isText(file: string): boolean {
  return file.toLowerCase().endsWith('.txt');
}

/** Whether a file looks as if it held the captions, or the whole data set, in a form that is not read. */
export function isMetadata(file: string): boolean {
  const lower = file.toLowerCase();
  return metadata.test(lower) || captionText.test(lower);
}

/** The ending of a file name in lower case, with its dot; `''` where there is none. */
export function endingOf(file: string): string {
  return /\.[^./]+$/.exec(file.toLowerCase())?.[0] ?? '';
}

/** A path without its ending. */
export function stemOf(file: string): string {
  return file.slice(0, file.length - endingOf(file).length);
}
