import type { GridOptions, M3aeConfig, M3aeParams } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import type { Matrix } from '../../matrix.js';
import type { EvaluationPeers } from '../../peers.js';

/** A model that predicts texts, and its weights as plain arrays. */
export interface CaptionModel extends GridOptions {
  readonly config: M3aeConfig;
  readonly params: M3aeParams<NdArray>;
  /** Pieces of a text that the model was trained with; longer captions are refused. */
  readonly textLength: number;
}

/** Pictures and captions that are scored with each other. */
export interface CaptionCandidates {
  /** Normalized pixels: [pictures, patches, patchDim]. */
  readonly patches: NdArray;
  /** Word-piece ids of each caption, without padding. */
  readonly captions: readonly ArrayLike<number>[];
  /** Pairs to score; default every picture with every caption. */
  readonly pairs?: readonly (readonly [picture: number, caption: number])[];
}

/** How {@link captionLikelihood} scores. */
export interface CaptionOptions {
  /**
   * Passes a caption takes: `each` (default) hides one piece at a time; a number hides the caption in so many disjoint
   * groups, which costs so many passes and not one a piece. 1 hides the whole caption at once.
   */
  readonly groups?: 'each' | number;
  /** `mean` (default) over the pieces, so that long captions lose nothing by their length; or `sum`. */
  readonly reduce?: 'mean' | 'sum';
  /** Whether the score of the caption without a picture is taken off, and with it how common its words are. Default false. */
  readonly subtractTextOnly?: boolean;
  /** Passes at a time. Default 64. */
  readonly batchSize?: number;
  /** Processes that share the batches; each calls this alike and has all scores. */
  readonly peers?: EvaluationPeers;
}

/** Scores of pictures and captions. */
export interface CaptionScores {
  /** Higher = fits better: [pictures, captions]; NaN where a pair was not asked for. */
  readonly scores: Matrix;
  /** What was taken off, or would be: [captions]; absent unless `subtractTextOnly`. */
  readonly textOnly?: Float32Array;
}
