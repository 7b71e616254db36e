import type { RngKey } from '@m3ae/random';
import type { Interval } from '../../classification/bootstrap.js';
import type { Box, PatchGridSize } from './boxes.js';

/** One word of a scene: where it looks, and where its thing is. */
export interface PointingWord {
  /** Attention to each patch, in any unit, not negative: [patches]. */
  readonly map: ArrayLike<number>;
  readonly box: Box;
}

/** The words of one picture. */
export interface PointingScene {
  readonly words: readonly PointingWord[];
}

/** How {@link pointingScore} measures. */
export interface PointingOptions extends PatchGridSize {
  /** Key of the control's boxes and of the intervals. */
  readonly key: RngKey;
  /**
   * Whether each map is scored relative to the other words of its scene: as the word's share, patch by patch, of what all
   * words of the scene give to it. What attracts every word then counts for none. Default false.
   */
  readonly relative?: boolean;
  /** Samples of the bootstrap over scenes. Default 1000. */
  readonly resamples?: number;
  /** Share of the samples inside of an interval. Default 0.95. */
  readonly level?: number;
}

/** Means over words. */
export interface PointingMeasures {
  /** Pointing game: share of words whose largest patch has its center in the box. */
  readonly accuracy: Interval;
  /** Share of a word's attention to patches that falls inside the box. */
  readonly inside: Interval;
  /** `inside` over the box's share of the picture; 1 is chance. */
  readonly density: Interval;
}

/** The same maps on boxes that are not theirs. */
export interface PointingControl extends PointingMeasures {
  /** Words that have such a box. */
  readonly words: number;
  /** Right box less wrong box, word by word; an interval above 0 says that the map knows its thing. */
  readonly difference: PointingMeasures;
}

/** Result of {@link pointingScore}. */
export interface PointingScore extends PointingMeasures {
  readonly scenes: number;
  readonly words: number;
  /** Exact expectations: of a patch drawn at random, and of an even map. */
  readonly chance: { readonly accuracy: number; readonly inside: number };
  /** `accuracy` over its chance. */
  readonly timesChance: Interval;
  readonly control: {
    /** Boxes of the other words of the same scene, their mean; null if every scene has one word. */
    readonly sameScene: PointingControl | null;
    /** The box of a word drawn from another scene; null if there is one scene. */
    readonly otherScene: PointingControl | null;
  };
}
