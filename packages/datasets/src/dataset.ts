import { invalidField, isRecord } from '@m3ae/errors';
import type { RgbImage } from '@m3ae/preprocess';
import type { RngKey } from '@m3ae/random';
import type { Shards } from './content/shards.js';
import type { FolderSpec } from './folder/spec.js';
import type { IdxSpec } from './idx/open-idx.js';
import type { DatasetNote } from './notes.js';
import type { Hdf5Spec, ParquetSpec, WebdatasetSpec } from './packed-specs.js';
import type { ModuleSpec } from './source/load-module.js';
import type { TableSpec } from './table/open-table.js';
import type { TextSpec } from './text/open-text.js';

/** What a dataset holds: pictures with captions, pictures alone, or text alone. */
export type DatasetKind = 'paired' | 'image' | 'text';

/** Where examples come from, as plain JSON: it can stand in a config and cross to a worker thread. */
export type DatasetSpec =
  | FolderSpec
  | TableSpec
  | WebdatasetSpec
  | ParquetSpec
  | Hdf5Spec
  | TextSpec
  | IdxSpec
  | ModuleSpec
  | ConcatSpec;

/** Several datasets as one: the examples of the first, then of the second, and so on. */
export interface ConcatSpec {
  readonly kind: 'concat';
  /** At least one dataset, all with pictures or all of text alone. */
  readonly sources: readonly DatasetSpec[];
}

/** What may take long while a dataset is opened; its name is the first half of a sentence "…: 3 of 12". */
export type OpeningTask =
  | 'Drawing pictures'
  | 'Reading archives'
  | 'Reading files'
  | 'Reading captions (MB)'
  | 'Looking up picture sizes';

/** Told now and then while a dataset is opened: how much of how much of a task is done. */
export type OnProgress = (done: number, total: number, task: OpeningTask) => void;

/** What is known about a dataset beside its examples. */
export interface DatasetFacts {
  /** Short name for logs, e.g. `folder/train`. */
  readonly name: string;
  readonly kind: DatasetKind;
  /** Number of examples. */
  readonly length: number;
  /** Changes whenever the examples, their order, captions or labels change; hexadecimal. */
  readonly fingerprint: string;
  /** Class of each example, an index into `classNames`: [length]. */
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
  /** What is best read together; absent where examples are read in any order alike. */
  readonly shards?: Shards;
  /** What was odd but not fatal while opening. */
  readonly notes: readonly DatasetNote[];
}

/** Reads examples by index; one of a dataset is given only indexes that are checked. */
export interface ContentReader {
  /** Caption or sentence of an example, the first of several; `''` where there is none. */
  caption(index: number): string;
  /** A caption drawn anew from a key, for training; absent where captions are always the same. */
  drawCaption?(index: number, key: RngKey): string;
  /** All captions of an example, of which `caption` is the first; absent where none has several. */
  captions?(index: number): readonly string[];
  /**
   * The decoded picture: 8-bit RGB, orientation applied, alpha blended over white.
   *
   * @param stored - What `imageBytes` gave for it, where that was asked before.
   * @throws Error if the file cannot be decoded, or the dataset holds no pictures.
   */
  image(index: number, stored?: Uint8Array): Promise<RgbImage>;
  /**
   * The picture's file as it is stored, not decoded; absent, or nothing, where it is drawn or held as pixels.
   *
   * @param near - Whether others of its shard are asked for soon, so that they are read with it. Default false.
   */
  imageBytes?(index: number, near?: boolean): Promise<Uint8Array | undefined>;
  /** Where an example comes from, e.g. its file, for messages. */
  describe(index: number): string;
  /**
   * What an example belongs to, as pictures of one thing: all of a group fall into one part when some are kept apart. Absent,
   * or nothing, where nothing is told.
   */
  group?(index: number): string | undefined;
  /** Path of the file that holds the picture and nothing else; nothing where it is drawn, or one of many in a file. */
  file?(index: number): string | undefined;
}

/** Examples by index. All methods may be called in any order, any number of times. */
export interface Dataset extends DatasetFacts, ContentReader {}

/** @throws InvalidInput for anything but an open dataset. */
export function requireDataset(path: string, value: unknown): void {
  if (isRecord(value) && typeof value.caption === 'function' && typeof value.length === 'number') return;
  throw invalidField(
    path,
    'an open dataset',
    value,
    'Open one with openDataset, e.g. await openDataset("folder:photos").',
  );
}
