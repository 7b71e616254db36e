import { type Fault, faultOf, throwFaults } from '@m3ae/errors';
import { type Accuracy, shareOf } from '../classification/accuracy.js';
import { featureFaults } from '../check.js';
import type { Matrix } from '../matrix.js';

/**
 * Which pictures and texts belong together: those of the same group.
 *
 * Several captions of one picture, and several pictures with one caption, are each one group.
 */
export interface PairGroups {
  /** Group of each picture: [images]. */
  readonly images: ArrayLike<number>;
  /** Group of each text: [texts]. */
  readonly texts: ArrayLike<number>;
}

/** Recall in both directions, by `r` and the number of answers looked at. */
export interface RecallResult {
  readonly imageToText: Readonly<Record<`r${number}`, Accuracy>>;
  readonly textToImage: Readonly<Record<`r${number}`, Accuracy>>;
}

/**
 * Groups of pictures that have one caption each, where the same caption may occur again.
 *
 * @param captions - One for each picture, in its order: [images].
 * @returns Picture and caption of one row share a group, and so do rows with the same caption, letter by letter.
 */
export function pairsByCaption(captions: readonly string[]): PairGroups {
  const groups = new Map<string, number>();
  const ids = Int32Array.from(captions, (caption) => {
    if (!groups.has(caption)) groups.set(caption, groups.size);
    return groups.get(caption)!;
  });
  return { images: ids, texts: ids };
}

/** What stands at or above the best right answer of a query. */
interface Rank {
  /** Wrong answers more similar than the best right one. */
  readonly above: number;
  /** Wrong answers as similar. */
  readonly tiedWrong: number;
  /** Right answers as similar, itself included. */
  readonly tiedRight: number;
}

/** Chance that a right answer is among the first `k`, if equal ones come in random order. */
function chanceWithin(k: number, { above, tiedWrong, tiedRight }: Rank): number {
  const places = k - above;
  if (places <= 0) return 0;
  let allWrong = 1; // of `places` draws without return from the tied ones
  for (let drawn = 0; drawn < places && allWrong > 0; drawn++) {
    allWrong *= (tiedWrong - drawn) / (tiedWrong + tiedRight - drawn);
  }
  return 1 - allWrong;
}

/** Where the best right answer of each query stands among all answers. */
function ranksOf(
  queries: ArrayLike<number>,
  answers: ArrayLike<number>,
  similarityOf: (query: number, answer: number) => number,
): Rank[] {
  return Array.from(queries, (group, query) => {
    let best = -Infinity;
    for (let at = 0; at < answers.length; at++) {
      if (answers[at] === group) best = Math.max(best, similarityOf(query, at));
    }
    let [above, tiedWrong, tiedRight] = [0, 0, 0];
    for (let at = 0; at < answers.length; at++) {
      const value = similarityOf(query, at);
      if (value > best) above++;
      else if (value === best && answers[at] === group) tiedRight++;
      else if (value === best) tiedWrong++;
    }
    return { above, tiedWrong, tiedRight };
  });
}

/** Recall at each of `ks`, over the queries. */
function recalls(found: readonly Rank[], ks: readonly number[]): Record<`r${number}`, Accuracy> {
  return Object.fromEntries(
    ks.map((k) => {
      const hits = found.reduce((sum, rank) => sum + chanceWithin(k, rank), 0);
      return [`r${k}`, shareOf(hits, found.length)];
    }),
  );
}

/** A fault if a query has nothing it could find. */
function unanswerable(field: string, queries: ArrayLike<number>, answers: ArrayLike<number>): Fault[] {
  const present = new Set(Array.from(answers));
  const row = Array.from(queries).findIndex((group) => !present.has(group));
  if (row < 0) return [];
  const remedy = 'Leave out what has no partner, or check the order of the groups.';
  return [faultOf(field, 'groups that the other side has too', `${queries[row]} in row ${row}`, remedy)];
}

/**
 * Recall at `ks`: the share of queries with a right answer among the `k` most similar ones, both ways.
 *
 * A query with several right answers is answered by any of them. Equal similarities count as in random order: the
 * query adds the chance of a right answer among the first `k`, so a model that finds all alike gets what guessing gets,
 * and the order of the rows is worth nothing.
 *
 * @param similarity - Higher means more alike: [images, texts].
 * @param pairs - Which belong together.
 * @param ks - How many answers are looked at. Default 1, 5 and 10.
 * @returns Shares with their Wilson interval, e.g. `imageToText.r5.value`.
 * @throws InvalidInput with every fault at once: sizes that differ, NaN, a query without a right answer.
 *
 * @example
 * ```ts
 * const similarity = await cosineSimilarity(images, texts, product);
 * const { imageToText, textToImage } = recallAt(similarity, pairsByCaption(captions));
 * ```
 */
export function recallAt(
  similarity: Matrix,
  pairs: PairGroups,
  ks: readonly number[] = [1, 5, 10],
): RecallResult {
  const { rows, columns, data } = similarity;
  const { images, texts } = pairs;
  const fits = images.length === rows && texts.length === columns;
  const groups = (count: number, axis: string) => `one group for each of ${count} ${axis}`;
  throwFaults([
    ...featureFaults('similarity', similarity),
    images.length !== rows &&
      faultOf('pairs.images', groups(rows, 'rows'), images.length, 'Name the group of each picture.'),
    texts.length !== columns &&
      faultOf('pairs.texts', groups(columns, 'columns'), texts.length, 'Name the group of each text.'),
    ...(fits
      ? [...unanswerable('pairs.images', images, texts), ...unanswerable('pairs.texts', texts, images)]
      : []),
    ...ks.map(
      (k) =>
        !(Number.isInteger(k) && k >= 1) && faultOf('ks', 'positive integers', k, 'Usual are [1, 5, 10].'),
    ),
  ]);
  return {
    imageToText: recalls(
      ranksOf(images, texts, (image, text) => data[image * columns + text]!),
      ks,
    ),
    textToImage: recalls(
      ranksOf(texts, images, (text, image) => data[image * columns + text]!),
      ks,
    ),
  };
}
