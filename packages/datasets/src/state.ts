import type { DatasetKind, DatasetNote } from './dataset.js';

/**
 * An opened dataset as plain data: what a worker thread needs to read the same examples without scanning,
 * verifying or rendering again.
 */
export interface DatasetState {
  readonly name: string;
  readonly kind: DatasetKind;
  readonly length: number;
  readonly fingerprint: string;
  readonly labels?: Int32Array;
  readonly classNames?: readonly string[];
  readonly notes: readonly DatasetNote[];
  /** One caption an example, or none for pictures alone. */
  readonly captions?: readonly string[];
  /** Where pictures come from, or none for text alone. */
  readonly pictures?: PixelSource | FileSource;
}

/** Pictures of one size, held in memory that all threads share. */
export interface PixelSource {
  readonly type: 'pixels';
  /** RGB bytes: [length, size, size, 3]. */
  readonly bytes: SharedArrayBuffer;
  /** Side of the square pictures. */
  readonly size: number;
  /** What to call each example in messages. */
  readonly names: readonly string[];
}

/** Pictures in files of their own. */
export interface FileSource {
  readonly type: 'files';
  readonly folder: string;
  /** Paths under `folder`. */
  readonly files: readonly string[];
  readonly maxPixels: number;
}
