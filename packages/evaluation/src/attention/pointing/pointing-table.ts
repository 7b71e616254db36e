import { faultOf, throwFaults } from '@m3ae/errors';
import { foldIn } from '@m3ae/random';
import { type AttendedPair, type AttentionDirection, wordMaps } from '../attend-pairs.js';
import { type AttentionChoice, type EncoderSize, everyHead } from '../attention-map.js';
import type { Interval } from '../../classification/accuracy.js';
import { type Box, pointingFaults, type PointingOptions, type PointingScene } from './scenes.js';
import { drawScenes, type PointingScore, scoreOn } from './pointing-score.js';

/**
 * Joins what {@link attendPairs} returns with the boxes of the words.
 *
 * @param attended - One entry for each scene.
 * @param boxes - Of each scene, the box of each of its words, in the order of the words asked for.
 * @param choice - Place of the map among the choices. Default 0.
 * @param direction - `wordToPatches` (default): what the word looks at; `patchToWords`: what looks at the word.
 * @throws InvalidInput if boxes and words do not match in number.
 */
export function pointingScenes(
  attended: readonly AttendedPair[],
  boxes: readonly (readonly Box[])[],
  choice = 0,
  direction: AttentionDirection = 'wordToPatches',
): PointingScene[] {
  const counts = attended.map(({ wordToPatches }) => wordToPatches.shape[1]!);
  const given = boxes.map((list) => list.length);
  if (counts.join() !== given.join()) {
    const remedy = 'Pass the same words to attendPairs.';
    throwFaults([faultOf('boxes', `one for each word, ${counts.join(', ')}`, given, remedy)]);
  }
  return attended.map((pair, i) => {
    const maps = wordMaps(pair, choice, direction);
    return { words: boxes[i]!.map((box, word) => ({ map: maps[word]!, box })) };
  });
}

/** The score of one map of the encoder. */
export interface PointingRow extends PointingScore {
  readonly choice: AttentionChoice;
}

/**
 * The pointing score of each map, such as each head of each layer.
 *
 * The best of many heads is the best by chance too: choose a head on some scenes and report it on others.
 *
 * @param choices - What {@link attendPairs} was asked for.
 * @returns One row for each choice, in order; all with the same drawn scenes.
 * @throws InvalidInput as {@link pointingScore}.
 */
export function pointingTable(
  choices: readonly AttentionChoice[],
  attended: readonly AttendedPair[],
  boxes: readonly (readonly Box[])[],
  options: PointingOptions,
  direction: AttentionDirection = 'wordToPatches',
): PointingRow[] {
  let draws: Int32Array[] | undefined;
  return choices.map((choice, at) => {
    const scenes = pointingScenes(attended, boxes, at, direction).filter(({ words }) => words.length > 0);
    throwFaults(pointingFaults(scenes, options));
    draws ??= drawScenes(foldIn(options.key, 0), scenes.length, options.resamples ?? 1000);
    return { choice, ...scoreOn(scenes, options, draws) };
  });
}

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
