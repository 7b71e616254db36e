import type { NdArray } from '@m3ae/tree';

/** Which examples a batch is made of; what `Mixer.next()` deals. */
export interface BatchRequest {
  /** The step's number: the chance of the batch is `foldIn(key, step)`. */
  readonly step: number;
  /** Examples by index: [batch]. */
  readonly indices: Int32Array;
  /** 1 where the caption is used, 0 where it is dropped: [batch]. Default: all 1. */
  readonly useText?: Uint8Array;
  /** Position of the first example in the whole step's batch, where ranks share one. Default 0. */
  readonly firstPosition?: number;
}

/** Files of pictures, read ahead of their decoding: [batch]; nothing where one is still to be read. */
export type StoredPictures = readonly (Uint8Array<ArrayBuffer> | undefined)[];

/** Arrays ready for a step; absent where the dataset or the options have no such modality. */
export interface Batch {
  /** Normalised pixels, float32: [batch, patches, patchDim]. */
  readonly patches?: NdArray;
  /** Codes of the patches by an image tokenizer, where one was put behind the loader, int32: [batch, patches]. */
  readonly imageIds?: NdArray;
  /** Word pieces, int32, 0 beyond the caption: [batch, textLength]. */
  readonly tokenIds?: NdArray;
  /** 1 where there is only padding, 0 where there is text, float32: [batch, textLength]. */
  readonly paddingMask?: NdArray;
  /** Classes, int32: [batch]. */
  readonly labels?: NdArray;
  /**
   * The examples really used: [batch]. Where a file could not be decoded another stands in its place, or, in
   * evaluation, it is left out and the batch is shorter.
   */
  readonly indices: Int32Array;
}

/** A file that could not be decoded. */
export interface BadFile {
  readonly index: number;
  /** The file, or what the dataset calls the example. */
  readonly name: string;
  readonly reason: string;
}
