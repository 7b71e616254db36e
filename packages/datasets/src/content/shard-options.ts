import type { FaultCollector } from '@m3ae/errors';
import { isRemote } from '../bytes/file.js';
import { defaultMaxPixels } from '../decode.js';
import { type ColumnKeys, refuseKeyFaults } from '../folder/columns.js';
import { givenOf, isText, requireFiles, requireMaxBadShare, requireMaxPixels } from '../spec-checks.js';

/** Options of files that hold many pictures each: archives and Parquet files. */
export interface ShardOptions extends Omit<ColumnKeys, 'separator'> {
  /**
   * `'exact'` draws each example out of all. `'window'` reads archive by archive (or row group by row group), in an order that is
   * drawn, some side by side, and shuffles within a window, so that files on servers are read once an epoch from end to end.
   * Default `'window'` for files on servers, else `'exact'`.
   */
  readonly shuffle?: 'exact' | 'window';
  /** Examples that `'window'` shuffles among; the files of at most twice as many are held in memory. Default 1024. */
  readonly window?: number;
  /** Share of the files whose server may not answer; they are left out and counted. Default 0.01. */
  readonly maxBadShare?: number;
  /** Pictures with more pixels are refused when decoded. Default 50 million. */
  readonly maxPixels?: number;
}

/** {@link ShardOptions} with every option filled in; columns that are not named stay to be found. */
export type ResolvedShardOptions = Required<Pick<ShardOptions, 'shuffle' | 'window' | 'maxPixels'>> &
  Omit<ShardOptions, 'shuffle' | 'window' | 'maxPixels'>;

/**
 * Fills in the defaults, and adds what is wrong with them.
 *
 * @param field - The option that names the files.
 * @param example - What may stand there.
 * @param others - Further options of the kind.
 */
export function resolveShardOptions<Field extends string>(
  check: FaultCollector,
  spec: ShardOptions & Readonly<Record<Field, string | readonly string[]>>,
  field: Field,
  example: string,
  others: readonly string[] = [],
): ResolvedShardOptions {
  const { imageKey, captionKey, labelKey, groupKey, maxBadShare, shuffle } = spec;
  const { window = 1024, maxPixels = defaultMaxPixels } = spec;
  const files: string | readonly string[] = spec[field];
  const given = { imageKey, captionKey, labelKey, groupKey, maxBadShare };
  check.refuseUnknown('', spec, [
    'kind',
    field,
    'shuffle',
    'window',
    'maxPixels',
    ...Object.keys(given),
    ...others,
  ]);
  requireFiles(check, field, files, `Write e.g. "${example}".`);
  requireMaxPixels(check, maxPixels);
  if (maxBadShare !== undefined) requireMaxBadShare(check, maxBadShare);
  refuseKeyFaults(check, { imageKey, captionKey, labelKey, groupKey });
  const isKnown = shuffle === undefined || ['exact', 'window'].includes(shuffle);
  check.require(isKnown, 'shuffle', '"exact" or "window"', shuffle, 'Leave it out to let the place decide.');
  const isCount = Number.isInteger(window) && window >= 1;
  check.require(isCount, 'window', 'a positive integer', window, 'Write how many examples to shuffle among.');
  const isFar = [files].flat().some((file) => isText(file) && isRemote(file));
  return { shuffle: shuffle ?? (isFar ? 'window' : 'exact'), window, maxPixels, ...givenOf(given) };
}
