import type { StoredFile } from './bytes/file.js';
import { type PackedTexts, textAt } from './content/packed-texts.js';
import type { DatasetFacts } from './dataset.js';

/**
 * An opened dataset as plain data: what a worker thread needs to read the same examples without scanning,
 * verifying or rendering again.
 */
export interface DatasetState extends DatasetFacts {
  /** Where captions and pictures come from. */
  readonly content: DatasetContent;
}

/** Where captions and pictures come from. */
export type DatasetContent = ListContent | JoinedContent | SubsetContent | ModuleContent | ReopenedContent;

/** Captions and one picture an example, each stored. */
export interface ListContent {
  readonly type: 'list';
  /** One caption an example, or none for pictures alone; several where `captionEnds` says so. */
  readonly captions?: PackedTexts;
  /** Where the captions of each example end in `captions`: [length]. One of them is drawn at each visit. */
  readonly captionEnds?: Int32Array;
  /** The group of each example, `''` where it has none: [length]. */
  readonly groups?: PackedTexts;
  /** How captions are drawn anew each time; left out, they are always the same. */
  readonly tags?: TagDrawing;
  /** Where pictures come from, or none for text alone. */
  readonly pictures?: PixelSource | FileSource | RangeSource | ParquetSource | Hdf5Source;
}

/** Several datasets, one after the other. */
export interface JoinedContent {
  readonly type: 'joined';
  readonly parts: readonly DatasetState[];
}

/** Some examples of a dataset. */
export interface SubsetContent {
  readonly type: 'subset';
  readonly of: DatasetState;
  /** Indexes into it: [length]. */
  readonly indices: Int32Array;
}

/** Content that a module of its own reads: a worker thread imports the module and calls its `readerOf`. */
export interface ModuleContent {
  readonly type: 'module';
  /** A `file:` address. */
  readonly module: string;
  /** What `readerOf` is given; plain data. */
  readonly data: unknown;
}

/** A dataset that a worker thread opens again as it was opened here. */
export interface ReopenedContent {
  readonly type: 'reopened';
  /** A `file:` address. */
  readonly module: string;
  readonly options: object;
}

/** Captions that are a name and tags, of which some are left out or all put in another order at each use. */
export interface TagDrawing {
  /** Name, then tags: one list an example. */
  readonly words: readonly (readonly string[])[];
  readonly separator: string;
  readonly shuffle: boolean;
  /** Probability of leaving a tag out. */
  readonly drop: number;
}

/** Pictures of one size, held in memory that all threads share. */
export interface PixelSource {
  readonly type: 'pixels';
  /** Bytes: [length, height, width, channels]. */
  readonly bytes: SharedArrayBuffer;
  readonly width: number;
  readonly height: number;
  /** 1: grey, which is replicated when read; 3: RGB. */
  readonly channels: 1 | 3;
  /** What to call each example in messages; left out, its number. */
  readonly names?: readonly string[];
}

/** Pictures that lie in files with many of them. */
export interface RangeSource {
  readonly type: 'ranges';
  readonly files: readonly StoredFile[];
  /** The file of each picture, an index into `files`: [length]. */
  readonly places: Int32Array;
  /** Its first byte: [length]. */
  readonly starts: Float64Array;
  /** Its bytes: [length]. */
  readonly lengths: Float64Array;
  /** What to call each example in messages. */
  readonly names: PackedTexts;
  /** Bytes to keep where neighbors are read together. */
  readonly nearBytes: number;
  readonly maxPixels: number;
}

/** Pictures in a column of Parquet files. */
export interface ParquetSource {
  readonly type: 'parquet';
  readonly files: readonly StoredFile[];
  readonly column: string;
  /** The file of each picture, an index into `files`: [length]. */
  readonly places: Int32Array;
  /** Its row in that file, from 0: [length]. */
  readonly rows: Int32Array;
  /** What to call each example in messages. */
  readonly names: PackedTexts;
  /** Row groups to keep where neighbors are read together. */
  readonly nearGroups: number;
  readonly maxPixels: number;
}

/** Pictures in a field of HDF5 files, a row each. */
export interface Hdf5Source {
  readonly type: 'hdf5';
  /** Paths of this machine. */
  readonly files: readonly string[];
  /** What to call the files. */
  readonly names: readonly string[];
  readonly field: string;
  /** Where the rows of each file end, counted through all: [files]. */
  readonly ends: readonly number[];
  readonly maxPixels: number;
}

/** Pictures in files of their own. */
export interface FileSource {
  readonly type: 'files';
  /** A path, or an address. */
  readonly folder: string;
  /** Paths under `folder`, or addresses of their own, each once. */
  readonly files: PackedTexts;
  /** The file of each example, an index into `files`: [length]. */
  readonly places: Int32Array;
  readonly maxPixels: number;
}

/** In which file an example lies, and in which row of it, from 0. */
export function locateRow(
  { ends }: Hdf5Source,
  index: number,
): { readonly at: number; readonly row: number } {
  const at = ends.findIndex((end) => index < end);
  return { at, row: index - (ends[at - 1] ?? 0) };
}

/** What to call an example in messages. */
export function rowName(source: Hdf5Source, index: number): string {
  const { at, row } = locateRow(source, index);
  return `${source.names[at]}, row ${row + 1} of ${source.field}`;
}

/** What to call a picture that lies in a larger file, with that file. */
export function storedName(source: RangeSource | ParquetSource | Hdf5Source, index: number): string {
  if (source.type === 'hdf5') return rowName(source, index);
  const { address } = source.files[source.places[index]!]!;
  return `${address}, ${source.type === 'parquet' ? `row ${source.rows[index]! + 1}` : textAt(source.names, index)}`;
}
