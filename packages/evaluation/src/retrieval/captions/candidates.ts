import type { GridOptions, M3aeConfig, M3aeParams } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import { type Fault, faultOf } from '@m3ae/errors';
import type { Matrix } from '../../matrix.js';
import type { EvaluationPeers } from '../../batches.js';
import { textParameterFaults } from '../../check.js';

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

/** What is wrong with candidates for a model. */
export function candidateFaults(
  { config, params, textLength }: CaptionModel,
  { patches, captions, pairs }: CaptionCandidates,
  { groups = 'each' }: CaptionOptions,
): Fault[] {
  const faults = textParameterFaults(params, 'decoder');
  const check = (ok: boolean, ...parts: Parameters<typeof faultOf>) => {
    if (!ok) faults.push(faultOf(...parts));
  };
  const pictures = patches.shape[0]!;
  check(pictures > 0, 'patches', 'at least one picture', 'none', 'Check the part of the data.');
  check(captions.length > 0, 'captions', 'at least one caption', 'none', 'Pass the candidates.');
  const groupsOk = groups === 'each' || (Number.isInteger(groups) && groups >= 1);
  check(groupsOk, 'groups', 'each or a positive integer', groups, 'Take each, or 4 for less work.');
  captions.forEach((ids, at) => {
    const field = `captions[${at}]`;
    check(ids.length > 0, field, 'at least one piece', 'none', 'Leave out empty captions.');
    const fits = ids.length <= textLength;
    check(
      fits,
      field,
      `at most ${textLength} pieces, the text of the model`,
      ids.length,
      'Shorten the caption.',
    );
    const odd = Array.from(ids).find((id) => !(Number.isInteger(id) && id >= 0 && id < config.vocabSize));
    const rule = `ids in [0, ${config.vocabSize})`;
    check(odd === undefined, field, rule, odd, 'Encode it with the vocabulary of the model.');
  });
  pairs?.forEach(([picture, caption], at) => {
    const known = isPlace(picture, pictures) && isPlace(caption, captions.length);
    const rule = `a picture below ${pictures} and a caption below ${captions.length}`;
    check(known, `pairs[${at}]`, rule, `[${picture}, ${caption}]`, 'Count both from 0.');
  });
  return faults;
}

const isPlace = (value: number, count: number) => Number.isInteger(value) && value >= 0 && value < count;
