import type { GridOptions, M3aeConfig, M3aeParams } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import { type Fault, faultOf } from '@m3ae/errors';
import type { TrimmedMaskPlan } from '@m3ae/masking';
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

/** One pass of a caption through the model: which pieces are hidden. */
export interface HiddenGroup {
  readonly caption: number;
  /** Places hidden, ascending. */
  readonly hidden: readonly number[];
  /** The other real places, ascending. */
  readonly visible: readonly number[];
}

/**
 * Cuts the places of a caption into disjoint groups, each hidden in one pass.
 *
 * @param length - Pieces of the caption.
 * @param groups - `each`: a group a piece; a number: so many groups, or as many as there are pieces, whichever is less. Group `g` holds the
 * places g, g + groups, …, so that the neighbors of a hidden piece stay visible.
 */
export function hiddenGroups(caption: number, length: number, groups: 'each' | number): HiddenGroup[] {
  const count = groups === 'each' ? length : Math.min(groups, length);
  const places = Array.from({ length }, (_, place) => place);
  return Array.from({ length: count }, (_, group) => ({
    caption,
    hidden: places.filter((place) => place % count === group),
    visible: places.filter((place) => place % count !== group),
  }));
}

/** Sizes that all passes share, so that one recorded graph serves them. */
interface GroupSizes {
  /** Places of the text with room for padding. */
  readonly textLength: number;
  readonly keep: number;
  readonly hide: number;
}

/** The least sizes that fit all groups; the last place of the text is always padding, to fill groups up. */
export function groupSizes(groups: readonly HiddenGroup[]): GroupSizes {
  const most = (of: (group: HiddenGroup) => number) =>
    groups.reduce((best, group) => Math.max(best, of(group)), 1);
  return {
    textLength: most(({ hidden, visible }) => hidden.length + visible.length) + 1,
    keep: most(({ visible }) => visible.length),
    hide: most(({ hidden }) => hidden.length),
  };
}

/** Text inputs of some passes, as plain arrays. */
export type GroupInputs<Leaf = NdArray> = {
  /** int32 [rows, textLength] */
  readonly tokenIds: Leaf;
  /** 1 = padding: [rows, textLength] */
  readonly paddingMask: Leaf;
  /** Of `keep` visible and `hide` hidden places a row; padding fills groups up. */
  readonly textPlan: TrimmedMaskPlan<Leaf>;
  /** Ids at `idsHidden`, int32 [rows, hide]. */
  readonly targets: Leaf;
};

/**
 * Lays passes out as inputs of a model.
 *
 * A pass with fewer places than the largest is filled up with padding: keys of padding have no weight, and what is
 * predicted for padding is left out afterwards.
 */
export function groupInputs(
  groups: readonly HiddenGroup[],
  captions: readonly ArrayLike<number>[],
  { textLength, keep, hide }: GroupSizes,
): GroupInputs {
  const filler = textLength - 1;
  const table = (width: number, value: (group: HiddenGroup, at: number) => number) => {
    const valueAt = (_: unknown, i: number) => value(groups[Math.floor(i / width)]!, i % width);
    return {
      shape: [groups.length, width],
      data: Int32Array.from({ length: groups.length * width }, valueAt),
    };
  };
  const floats = ({ shape, data }: NdArray): NdArray => ({ shape, data: Float32Array.from(data) });
  const idOf = (group: HiddenGroup, place: number) => captions[group.caption]![place] ?? 0;
  const lengthOf = ({ hidden, visible }: HiddenGroup) => hidden.length + visible.length;
  return {
    tokenIds: table(textLength, idOf),
    paddingMask: floats(table(textLength, (group, at) => (at < lengthOf(group) ? 0 : 1))),
    textPlan: {
      idsKeep: table(keep, ({ visible }, at) => visible[at] ?? filler),
      idsHidden: table(hide, ({ hidden }, at) => hidden[at] ?? filler),
      mask: floats(table(textLength, ({ hidden }, at) => (hidden.includes(at) ? 1 : 0))),
    },
    targets: table(hide, (group, at) => idOf(group, group.hidden[at] ?? filler)),
  };
}
