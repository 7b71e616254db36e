import { collectFaults } from '@m3ae/errors';
import { isRemote } from '../bytes/file.js';
import { defaultMaxPixels } from '../decode.js';
import { type ColumnKeys, refuseKeyFaults } from '../folder/columns.js';
import { givenOf, isText, requireMaxPixels } from '../spec-checks.js';

/** Pictures that one file names, with their captions: CSV, TSV, JSON lines, a JSON list, or COCO's captions. */
export interface TableSpec extends ColumnKeys {
  readonly kind: 'table';
  /** The file, a path or an address (`https://`, `s3://`): `.csv`, `.tsv`, `.txt` or `.token` with columns, `.jsonl`, `.ndjson` or `.json`. */
  readonly path: string;
  /**
   * The folder that pictures are named from, a path or an address. Default: that of the file, or, where it is there, `Images` in it (Flickr8k) or
   * `../PART` of a file `captions_PART.json` (COCO).
   */
  readonly images?: string;
  /** Whether rows whose picture is not there are left out and counted instead of refused. Default false. */
  readonly allowMissingPictures?: boolean;
  /** Pictures with more pixels are refused when decoded. Default 50 million. */
  readonly maxPixels?: number;
}

/** A {@link TableSpec} with every option filled in. */
export type ResolvedTableSpec = Required<Omit<TableSpec, keyof ColumnKeys | 'images'>> &
  ColumnKeys &
  Pick<TableSpec, 'images'>;

const endings = /\.(csv|tsv|txt|token|jsonl?|ndjson)$/i;

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveTableSpec(spec: TableSpec): ResolvedTableSpec {
  const { path, images, imageKey, captionKey, labelKey, groupKey, separator } = spec;
  const { allowMissingPictures = false, maxPixels = defaultMaxPixels } = spec;
  const resolved = { kind: 'table' as const, path, allowMissingPictures, maxPixels };
  const keys = { imageKey, captionKey, labelKey, groupKey, separator };
  const check = collectFaults();
  check.refuseUnknown('', spec, [...Object.keys(resolved), ...Object.keys(keys), 'images']);
  const isFile =
    typeof path === 'string' && endings.test(isRemote(path) ? path.replace(/[?#].*$/, '') : path);
  const kinds = 'a file that ends in .csv, .tsv, .txt, .jsonl, .ndjson or .json';
  check.require(isFile, 'path', kinds, path, 'Name the file that names the pictures.');
  const isFolder = images === undefined || isText(images);
  check.require(isFolder, 'images', 'a folder path', images, 'Leave it out for the folder of the file.');
  const isFlag = typeof allowMissingPictures === 'boolean';
  check.require(
    isFlag,
    'allowMissingPictures',
    'true or false',
    allowMissingPictures,
    'Leave it out for false.',
  );
  requireMaxPixels(check, maxPixels);
  refuseKeyFaults(check, keys);
  check.throwIfAny();
  return { ...resolved, ...givenOf({ ...keys, images }) };
}
