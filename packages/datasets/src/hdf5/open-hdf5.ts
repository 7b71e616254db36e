import { createHash } from 'node:crypto';
import { unusable } from '@m3ae/errors';
import { localCopy } from '../bytes/cache.js';
import { type ByteFile, datasetName, nameOf } from '../bytes/file.js';
import { createTextPacker } from '../content/packed-texts.js';
import { captionNotes, collectRecords, recordFacts } from '../content/records.js';
import { createListDataset } from '../create-dataset.js';
import type { Dataset, OnProgress } from '../dataset.js';
import { countingDecoder } from '../folder/encoding.js';
import type { FolderParts } from '../folder/open-folder.js';
import { columnNotes, type DatasetNote, noteOf } from '../notes.js';
import { type Hdf5Spec, type ResolvedHdf5Spec, resolveHdf5Spec } from '../packed-specs.js';
import { findAllFiles } from '../source/find-files.js';
import { layoutOf, readTexts, type TextBlock, usedRows } from './read-texts.js';
import { openHdf5File } from './library.js';
import { closePictures } from './read-pictures.js';

/**
 * Opens HDF5 files. Captions and classes are read at once; pictures when they are asked for, in any order. Of files with text
 * alone each row that is not empty is an example.
 */
export async function openHdf5(spec: Hdf5Spec, onProgress: OnProgress = () => {}): Promise<Dataset> {
  const resolved = resolveHdf5Spec(spec);
  const files = await findAllFiles([resolved.files].flat());
  const read: FileTexts[] = [];
  for (const file of files) {
    read.push(await readFile(file, resolved));
    onProgress(read.length, files.length, 'Reading files');
  }
  const [first] = read;
  const other = read.findIndex(({ field }) => field !== first!.field);
  if (other > 0) {
    const { address } = files[other]!;
    throw unusable(
      `${address} must have the fields of ${files[0]!.address}; it has others. Open them one by one.`,
    );
  }
  const name = datasetName('hdf5', files[0]!, files.length);
  const hash = createHash('sha256');
  for (const [at, { rows, blocks }] of read.entries())
    hash.update(JSON.stringify([nameOf(files[at]!), files[at]!.size, rows, blocks]));
  const facts = { name, fingerprint: hash.digest('hex'), notes: read.flatMap(({ notes }) => notes) };
  return first!.field === undefined ? sentences(facts, read) : pictures(facts, read, first!.field, resolved);
}

/** What a file holds beside its pictures. */
interface FileTexts {
  readonly path: string;
  readonly address: string;
  /** The field of its pictures; absent for text alone. */
  readonly field?: string;
  readonly rows: number;
  readonly blocks: readonly TextBlock[];
  readonly classes: readonly string[];
  readonly notes: readonly DatasetNote[];
}

async function readFile(remote: ByteFile, spec: ResolvedHdf5Spec): Promise<FileTexts> {
  const { address } = remote;
  const path = await localCopy(remote, spec.cacheFolder);
  closePictures(path);
  const file = await openHdf5File(path, address);
  try {
    const layout = layoutOf(file, spec);
    const rows = layout.image ? usedRows(layout.image) : layout.rows;
    const empty = layout.rows - rows;
    const decoder = countingDecoder();
    const blocks = [...readTexts(layout, rows, decoder)];
    const notes = [
      noteOf('empty-row', { count: empty, places: [`${address}, row ${rows + 1}`] }),
      ...columnNotes(layout.called, address),
      decoder.note(),
    ].filter(({ count }) => count > 0);
    return { path, address, field: layout.image?.name, rows, blocks, classes: layout.classes, notes };
  } finally {
    file.close();
  }
}

type Facts = Pick<Dataset, 'name' | 'fingerprint' | 'notes'>;

function sentences(facts: Facts, files: readonly FileTexts[]): Dataset {
  const texts = createTextPacker();
  for (const { captions = [] } of files.flatMap(({ blocks }) => blocks))
    for (const text of captions) if (text !== '') texts.add(text);
  const captions = texts.finish();
  if (captions.length === 0) throw unusable(`${files[0]!.address} holds no text. Check the file.`);
  return createListDataset({ ...facts, kind: 'text', length: captions.length }, { type: 'list', captions });
}

function pictures(
  { notes, ...facts }: Facts,
  files: readonly FileTexts[],
  field: string,
  { maxPixels }: ResolvedHdf5Spec,
): Dataset {
  const records = collectRecords(files.flatMap(({ classes }) => classes));
  for (const { length, captions, labels, groups } of files.flatMap(({ blocks }) => blocks)) {
    for (let row = 0; row < length; row++)
      records.add({
        captions: captions ? [captions[row]!] : [],
        label: labels?.[row],
        group: groups?.[row],
        name: '',
      });
  }
  const columns = records.finish();
  const { length, captions, groups } = columns;
  if (length === 0) throw unusable(`${files[0]!.address} holds no pictures: all rows of ${field} are empty.`);
  return createListDataset(
    { ...facts, ...recordFacts(columns), notes: [...notes, ...captionNotes(columns)] },
    {
      type: 'list',
      captions,
      groups,
      pictures: {
        type: 'hdf5',
        files: files.map(({ path }) => path),
        names: files.map(nameOf), // not their folders, so that a hash of them stays where files move
        field,
        ends: files.map((_, at) => files.slice(0, at + 1).reduce((sum, { rows }) => sum + rows, 0)),
        maxPixels,
      },
    },
  );
}

/**
 * Opens the parts of HDF5 files that hold several: `train_jpg`, `val_jpg`, `test_jpg`.
 *
 * @returns `train`, or all where there are no parts, or `partition` names one; null for others that are not there.
 * @throws InvalidInput if an option is unknown or out of range, or a file is missing, of another kind, or damaged.
 */
export async function openHdf5Parts(spec: Hdf5Spec, onProgress?: OnProgress): Promise<FolderParts> {
  const train = await openHdf5(spec, onProgress);
  const names = spec.partition === undefined ? await namesOf(spec) : [];
  const has = (part: string): boolean => names.some((name) => name.startsWith(`${part}_`));
  const open = async (...parts: readonly string[]): Promise<Dataset | null> => {
    const partition = has('train') ? parts.find(has) : undefined;
    return partition === undefined ? null : openHdf5({ ...spec, partition }, onProgress);
  };
  return { train, validation: await open('val', 'valid', 'validation'), test: await open('test') };
}

async function namesOf(spec: Hdf5Spec): Promise<string[]> {
  const { files, cacheFolder } = resolveHdf5Spec(spec);
  const [first] = await findAllFiles([files].flat());
  const file = await openHdf5File(await localCopy(first!, cacheFolder), first!.address);
  const names = [...file.fields.keys()];
  file.close();
  return names;
}
