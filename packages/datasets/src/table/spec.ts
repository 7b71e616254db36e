import { checkOptions, matching, optional, record, text } from '@m3ae/errors/rules';
import { isRemote } from '../bytes/file.js';
import { type ColumnKeys, keyRules, separatorRule } from '../folder/columns.js';
import { kindRule, maxPixelsRule, offRule } from '../spec-rules.js';

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

const tableRule = record({
  kind: kindRule('table'),
  path: matching<string>(
    'a file that ends in .csv, .tsv, .txt, .jsonl, .ndjson or .json',
    (path) => typeof path === 'string' && endings.test(isRemote(path) ? path.replace(/[?#].*$/, '') : path),
    'Name the file that names the pictures.',
    'missing.csv',
  ),
  allowMissingPictures: offRule,
  maxPixels: maxPixelsRule,
  ...keyRules,
  separator: separatorRule,
  images: optional(text('Leave it out for the folder of the file.', 'a folder path')),
});

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveTableSpec(spec: TableSpec): ResolvedTableSpec {
  return checkOptions(tableRule, spec);
}
