import { faultOf, throwFaults } from '@m3ae/errors';
import { foldIn } from '@m3ae/random';
import type { AttendedPair } from '../attend-pairs.js';
import type { AttentionChoice } from '../choice.js';
import type { Box } from './boxes.js';
import { drawScenes } from './intervals.js';
import { pointingFaults } from './check.js';
import { scoreOn } from './pointing-score.js';
import type { PointingOptions, PointingScene, PointingScore } from './types.js';

/** Which of the two directions of attention is scored. */
export type AttentionDirection = 'wordToPatches' | 'patchToWords';

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
    const [, words = 0, patches = 0] = pair.wordToPatches.shape;
    const place = (word: number, patch: number) =>
      direction === 'wordToPatches'
        ? (choice * words + word) * patches + patch
        : (choice * patches + patch) * words + word;
    const { data } = pair[direction];
    const map = (word: number) =>
      Float32Array.from({ length: patches }, (_, patch) => data[place(word, patch)]!);
    return { words: boxes[i]!.map((box, word) => ({ map: map(word), box })) };
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
