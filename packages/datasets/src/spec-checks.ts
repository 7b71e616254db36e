import type { FaultCollector } from '@m3ae/errors';

/** Whether a value is a text with something in it. */
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Paths or addresses of files: one, or a list. */
export function requireFiles(check: FaultCollector, field: string, files: unknown, remedy: string): void {
  const list: readonly unknown[] = Array.isArray(files) ? files : [files];
  check.require(list.length > 0 && list.every(isText), field, 'a path, or a list of them', files, remedy);
}

/** A folder that may be left out. */
export function requireCacheFolder(check: FaultCollector, folder: unknown, usual: string): void {
  check.require(isText(folder), 'cacheFolder', 'a folder path', folder, `Leave it out for ${usual}.`);
}

/** The most that `maxPixels` may be: a gigapixel is 3 GB once decoded. */
const mostPixels = 1e9;

/** The pixels beyond which no picture is decoded. */
export function requireMaxPixels(check: FaultCollector, maxPixels: number): void {
  const isLimit = maxPixels >= 1 && maxPixels <= mostPixels;
  const rule = `a number above 0, at most ${mostPixels}`;
  check.require(isLimit, 'maxPixels', rule, maxPixels, 'Write 50 megapixels as 50e6.');
}

/** The share that may be missing or unreadable. */
export function requireMaxBadShare(check: FaultCollector, maxBadShare: number): void {
  const isShare = maxBadShare >= 0 && maxBadShare <= 1;
  check.require(isShare, 'maxBadShare', 'in [0, 1]', maxBadShare, 'Write one per cent as 0.01.');
}

/** The options that were given: an absent one stays absent. */
export function givenOf<Options extends Record<string, unknown>>(options: Options): Partial<Options> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Partial<Options>; // entries of the same record
}
