import type { Interval } from '../../classification/bootstrap.js';
import { type AttentionChoice, type EncoderSize, everyHead } from '../choice.js';
import type { AttentionDirection, PointingRow } from './pointing-table.js';

/** A map of the encoder and a direction in which it is read. */
export interface MapChoice {
  readonly choice: AttentionChoice;
  /** `wordToPatches`: what the word looks at; `patchToWords`: which patches look at the word. */
  readonly direction: AttentionDirection;
}

/** The pointing score of one map on the scenes of one part. */
export interface PointingFigures {
  readonly scenes: number;
  readonly words: number;
  /** Pointing game: share of words whose largest patch has its center in the right box. */
  readonly accuracy: Interval;
  /** Share of a word's attention to patches that falls inside the right box. */
  readonly inside: Interval;
  /** What a patch drawn at random would point at. */
  readonly chance: number;
  /** What an even map has inside. */
  readonly chanceInside: number;
  /** `accuracy` over its chance. */
  readonly timesChance: Interval;
  /** `accuracy` with the boxes of the other words of the same scene; null where every scene has one word. */
  readonly control: Interval | null;
  /** `accuracy` less that control. */
  readonly difference: Interval | null;
  /** `inside` with the boxes of the other words. */
  readonly controlInside: Interval | null;
}

/** A row of the table of all maps. */
export interface MapRow extends MapChoice {
  readonly name: string;
  readonly accuracy: Interval;
  readonly inside: Interval;
}

/** Every map that is scored: the last block, all blocks, roll-out, each block, each head. */
export function mapChoices(size: EncoderSize): AttentionChoice[] {
  const blocks = Array.from({ length: size.depth }, (_, layer) => ({ layer }));
  return ['last', 'mean', 'rollout', ...blocks, ...everyHead(size)];
}

/** E.g. `block 2, head 0` or `roll-out`. */
export function mapName({ choice, direction }: MapChoice): string {
  const words = { last: 'last block', mean: 'all blocks', rollout: 'roll-out' };
  const map =
    typeof choice === 'string'
      ? words[choice]
      : `block ${choice.layer}${choice.head === undefined ? '' : `, head ${choice.head}`}`;
  return direction === 'wordToPatches' ? map : `${map}, patches to words`;
}

/** What is told of one map. */
export function pointingFigures(row: PointingRow): PointingFigures {
  const { scenes, words, accuracy, inside, chance, timesChance, control } = row;
  const { sameScene } = control;
  return {
    scenes,
    words,
    accuracy,
    inside,
    chance: chance.accuracy,
    chanceInside: chance.inside,
    timesChance,
    control: sameScene && sameScene.accuracy,
    difference: sameScene && sameScene.difference.accuracy,
    controlInside: sameScene && sameScene.inside,
  };
}
