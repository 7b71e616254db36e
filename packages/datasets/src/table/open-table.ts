import { basename, dirname, join, resolve } from 'node:path';
import { pluralize, unusable } from '@m3ae/errors';
import { checkOptions, matching, optional, record, text } from '@m3ae/errors/rules';
import { localCopy } from '../bytes/cache.js';
import { isRemote, nameOf, type StoredFile } from '../bytes/file.js';
import { lookUpFile } from '../bytes/open-file.js';
import { joinDatasets } from '../concat/join-datasets.js';
import { textAt } from '../content/packed-texts.js';
import {
  captionNotes,
  classFault,
  collectRecords,
  type RecordColumns,
  recordFacts,
} from '../content/records.js';
import { createListDataset } from '../create-dataset.js';
import type { Dataset, OnProgress } from '../dataset.js';
import { isFolder, scanFolder, unlistedFolder } from '../folder/files.js';
import { listed } from '../folder/findings.js';
import { pairTable } from '../folder/pair-table.js';
import { fingerprintOf, type FolderRows, joinRows } from '../folder/rows.js';
import { noteOf } from '../notes.js';
import { findAllFiles, isPattern } from '../source/find-files.js';
import { type ColumnKeys, keyRules, kindRule, maxPixelsRule, offRule, separatorRule } from '../spec-rules.js';

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

/**
 * Opens the pictures that a file names. A picture that stands in several rows is one example with several captions, of
 * which a training loader draws one at each visit. Pictures of the folder that no row names are not there.
 *
 * @param onProgress - Told how far a large file is read.
 * @throws InvalidInput if an option is unknown or out of range, the file is missing or unusable, or names pictures that
 * are not there; all faults at once.
 *
 * @example
 * ```ts
 * const flickr = await openTable({ kind: 'table', path: 'flickr8k/captions.txt', images: 'flickr8k/Images' });
 * ```
 */
export async function openTable(spec: TableSpec, onProgress?: OnProgress): Promise<Dataset> {
  const resolved = resolveTableSpec(spec);
  if (isPattern(resolved.path)) {
    const files = await findAllFiles([resolved.path]);
    const open = ({ address }: StoredFile) => openTable({ ...spec, path: address }, onProgress);
    return joinDatasets(await Promise.all(files.map(open)));
  }
  const { path, maxPixels } = resolved;
  const file = await lookUpFile(path);
  if (!file)
    throw unusable(`The file ${path} does not exist. Check the path; it counts from ${process.cwd()}.`);
  const images = resolved.images ?? (await imagesOf(path));
  const name = nameOf(file);
  // Nobody lists the pictures of a server: whether one is there is seen when it is read.
  const listing = isRemote(images) ? unlistedFolder(images) : await scanFolder(images, false);
  const settings = { ...resolved, path: images, allowMissingCaptions: true };
  const read = await pairTable(settings, listing, await localCopy(file), name, onProgress);
  const rows = read.rows.finish();
  const all = Int32Array.from({ length: rows.length }, (_, row) => row);
  const { firsts, captions, captionEnds, withoutCaption } = joinRows(rows, all);
  const columns = { ...recordsOf(rows, firsts), captions, withoutCaption };
  refuseFaults(resolved, read, columns);
  const facts = {
    ...recordFacts(columns),
    name: `table/${name}`,
    fingerprint: await fingerprintOf(images, rows, all, onProgress),
    notes: [
      read.invalidText,
      noteOf('missing-picture', read.withoutPicture),
      ...captionNotes(columns, read.withoutCaption.places),
      ...read.notes,
    ].filter(({ count }) => count > 0),
  };
  const pictures = {
    type: 'files' as const,
    folder: isRemote(images) ? images : resolve(images),
    files: columns.names,
    places: Int32Array.from({ length: columns.length }, (_, at) => at),
    maxPixels,
  };
  return createListDataset(facts, { type: 'list', captions, captionEnds, groups: columns.groups, pictures });
}

/** What the first rows of pictures say beside their captions. */
function recordsOf({ files, pictures, labels, labelNames, groups }: FolderRows, firsts: Int32Array) {
  const records = collectRecords();
  for (const row of firsts) {
    const group = groups && (textAt(groups, row) || undefined);
    records.add({ captions: [], label: labelNames[labels[row]!], group, name: files[pictures[row]!]! });
  }
  return records.finish();
}

/** The folder of the pictures: COCO's and Flickr8k's beside the file where they are there, else that of the file. */
async function imagesOf(path: string): Promise<string> {
  if (isRemote(path)) return path.slice(0, path.lastIndexOf('/'));
  const folder = dirname(path);
  const [, part] = /^captions_(.+)\.json$/.exec(basename(path)) ?? [];
  for (const known of [...(part === undefined ? [] : [join(folder, '..', part)]), join(folder, 'Images')]) {
    if (await isFolder(known)) return known;
  }
  return folder;
}

type Read = Awaited<ReturnType<typeof pairTable>>;

function refuseFaults(
  { path, allowMissingPictures }: ResolvedTableSpec,
  { faults: unreadable, withoutPicture }: Read,
  columns: RecordColumns,
): void {
  const faults = [...unreadable];
  if (withoutPicture.count > 0 && !allowMissingPictures) {
    const what = `${pluralize(withoutPicture.count, 'row has', 'rows have')} no picture`;
    faults.push(
      `${what}: ${listed(withoutPicture)}. Add the pictures, name their folder in images, or set allowMissingPictures.`,
    );
  }
  const unlabeled = classFault(columns, 'Fill the column.');
  if (unlabeled) faults.push(unlabeled);
  if (columns.length === 0 && faults.length === 0) faults.push('It names no picture. Write a row for each.');
  if (faults.length > 0) throw unusable(faults, { head: `The file ${path} cannot be used` });
}
