import { collectFaults } from '@m3ae/errors';
import { defaultMaxPixels } from '../decode.js';
import { type ColumnKeys, refuseKeyFaults } from './columns.js';
import { givenOf, requireMaxPixels } from '../spec-checks.js';

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

/**
 * Fills in the defaults.
 *
 * @throws InvalidInput listing every option that is unknown or out of range.
 */
export function resolveFolderSpec(spec: FolderSpec): ResolvedFolderSpec {
  const { imageKey, captionKey, labelKey, groupKey, separator } = spec;
  const keys = { imageKey, captionKey, labelKey, groupKey, separator };
  const resolved: ResolvedFolderSpec = {
    kind: 'folder',
    path: spec.path,
    captions: spec.captions ?? 'auto',
    examples: spec.examples ?? 'pictures',
    labels: spec.labels ?? 'none',
    allowMissingCaptions: spec.allowMissingCaptions ?? false,
    allowMissingPictures: spec.allowMissingPictures ?? false,
    followLinks: spec.followLinks ?? false,
    strictText: spec.strictText ?? false,
    maxPixels: spec.maxPixels ?? defaultMaxPixels,
    layout: spec.layout ?? 'auto',
    split: spec.split ?? 'all',
    validationShare: spec.validationShare ?? 0.1,
  };
  const { path, captions, examples, labels, maxPixels, layout, split, validationShare } = resolved;
  const faults = collectFaults();
  faults.refuseUnknown('', spec, [...Object.keys(resolved), ...Object.keys(keys)]);
  refuseKeyFaults(faults, keys);
  const isPath = typeof path === 'string' && path !== '';
  faults.require(isPath, 'path', 'a folder path', path, 'Name the folder of the pictures, e.g. "./photos".');
  faults.require(
    typeof captions === 'string' &&
      /^(auto|txt|none|.+\.(jsonl?|ndjson|csv|tsv|txt|token|parquet))$/.test(captions),
    'captions',
    '"auto", "txt", "none" or the name of a .jsonl, .json, .csv, .tsv, .txt or .parquet file',
    captions,
    'Leave it out to find captions.jsonl, captions.csv or name.txt by itself.',
  );
  const isExample = ['pictures', 'captions'].includes(examples);
  faults.require(isExample, 'examples', '"pictures" or "captions"', examples, 'Leave it out for "pictures".');
  faults.require(
    ['none', 'subfolder', 'column'].includes(labels),
    'labels',
    '"none", "subfolder" or "column"',
    labels,
    'Leave it out if the pictures have no classes.',
  );
  requireMaxPixels(faults, maxPixels);
  const laidOut = ['auto', 'none'].includes(layout);
  faults.require(laidOut, 'layout', '"auto" or "none"', layout, 'Leave it out to find train, val and test.');
  const known = ['all', 'train', 'validation', 'test'].includes(split);
  const splits = '"all", "train", "validation" or "test"';
  faults.require(known, 'split', splits, split, 'Leave it out for all pictures.');
  const share = validationShare >= 0 && validationShare < 1;
  faults.require(share, 'validationShare', 'in [0, 1)', validationShare, 'Write one tenth as 0.1.');
  for (const flag of ['allowMissingCaptions', 'allowMissingPictures', 'followLinks', 'strictText'] as const) {
    const valid = typeof resolved[flag] === 'boolean';
    faults.require(valid, flag, 'true or false', resolved[flag], 'Leave it out for false.');
  }
  faults.throwIfAny();
  return { ...resolved, ...givenOf(keys) };
}
