import type { NdArray } from '@m3ae/tree';
import type { TrimmedMaskPlan } from '@m3ae/masking';

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
