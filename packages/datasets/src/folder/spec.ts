import { checkOptions, matching, oneOf, record, text, withDefault } from '@m3ae/errors/rules';
import {
  type ColumnKeys,
  keyRules,
  kindRule,
  maxPixelsRule,
  offRule,
  separatorRule,
  validationShareRule,
} from '../spec-rules.js';

/** A folder of pictures with captions. */
export interface FolderSpec extends ColumnKeys {
  readonly kind: 'folder';
  /** The folder, a path or an address of a bucket (`s3://`); sub-folders are read too. */
  readonly path: string;
  /**
   * Where captions are: `'txt'` for `name.txt` beside `name.jpg`; the name of a `.jsonl`, `.json`, `.csv`, `.tsv`, `.txt` or
   * `.parquet` file in the folder; `'none'` for pictures alone; `'auto'` for `captions.jsonl`, else `captions.csv`, else `'txt'`, and
   * where there is no such text `metadata.jsonl`, `metadata.csv`, `metadata.parquet`, `captions.json`, `captions.tsv` or
   * `captions.txt`.
   * Default `'auto'`.
   */
  readonly captions?: string;
  /**
   * What an example is where a caption file names a picture several times: `'pictures'`, the picture with all its captions, of which
   * training draws one at each visit; `'captions'`, the picture with one of them. Default `'pictures'`.
   */
  readonly examples?: 'pictures' | 'captions';
  /**
   * Where classes are: the first sub-folder (below `train`, `val` or `test` where those are parts), the `label` column
   * of the caption file, or nowhere. Default `'none'`.
   */
  readonly labels?: 'none' | 'subfolder' | 'column';
  /** Whether a picture without a caption is used without text instead of refused. Default false. */
  readonly allowMissingCaptions?: boolean;
  /**
   * Whether captions whose picture is not there are left out and counted instead of refused; links to nothing too.
   * Default false.
   */
  readonly allowMissingPictures?: boolean;
  /** Whether links to folders, and to files outside the folder, are followed instead of refused. Default false. */
  readonly followLinks?: boolean;
  /** Whether captions that are not UTF-8 are refused instead of read by their likely encoding. Default false. */
  readonly strictText?: boolean;
  /** Pictures with more pixels are refused when decoded. Default 50 million. */
  readonly maxPixels?: number;
  /**
   * Whether sub-folders named `train`, `val` (`valid`, `validation`) and `test` are the parts, where all pictures lie
   * in such: `'none'` takes them for folders like any other. Default `'auto'`.
   */
  readonly layout?: 'auto' | 'none';
  /**
   * Which part: the one whose folder a picture lies in, where there are such, else decided by a hash of the picture's
   * path. `'test'` has a folder or is empty. Default `'all'`.
   */
  readonly split?: 'all' | 'train' | 'validation' | 'test';
  /** Share of the pictures in `'validation'` where it has no folder, in [0, 1). Default 0.1. */
  readonly validationShare?: number;
}

/** A {@link FolderSpec} with every option filled in. */
export type ResolvedFolderSpec = Required<Omit<FolderSpec, keyof ColumnKeys>> & ColumnKeys;

const captionFile = /^(auto|txt|none|.+\.(jsonl?|ndjson|csv|tsv|txt|token|parquet))$/;

const folderRule = record({
  kind: kindRule('folder'),
  path: text('Name the folder of the pictures, e.g. "./photos".', 'a folder path'),
  captions: withDefault(
    matching<string>(
      '"auto", "txt", "none" or the name of a .jsonl, .json, .csv, .tsv, .txt or .parquet file',
      (value) => typeof value === 'string' && captionFile.test(value),
      'Leave it out to find captions.jsonl, captions.csv or name.txt by itself.',
      'auto',
    ),
    'auto',
  ),
  examples: withDefault(oneOf(['pictures', 'captions'], 'Leave it out for "pictures".'), 'pictures'),
  labels: withDefault(
    oneOf(['none', 'subfolder', 'column'], 'Leave it out if the pictures have no classes.'),
    'none',
  ),
  allowMissingCaptions: offRule,
  allowMissingPictures: offRule,
  followLinks: offRule,
  strictText: offRule,
  maxPixels: maxPixelsRule,
  layout: withDefault(oneOf(['auto', 'none'], 'Leave it out to find train, val and test.'), 'auto'),
  split: withDefault(oneOf(['all', 'train', 'validation', 'test'], 'Leave it out for all pictures.'), 'all'),
  validationShare: validationShareRule,
  ...keyRules,
  separator: separatorRule,
});

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveFolderSpec(spec: FolderSpec): ResolvedFolderSpec {
  return checkOptions(folderRule, spec);
}
