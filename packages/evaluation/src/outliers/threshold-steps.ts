import { type Fault, faultOf, invalidField, nearestHint, throwFaults } from '@m3ae/errors';

/** Which of the two sets a detector is asked to find. */
export type Positive = 'in' | 'out';

/** How many of each set are accepted as the threshold passes one distinct score after another. */
export interface ThresholdSteps {
  /** Of the set to find, counted up: [steps]; the last is all of them. */
  readonly found: Float64Array;
  /** Of the other set, counted up: [steps]. */
  readonly wrong: Float64Array;
}

/** The faults of a set of scores, a sentence each. */
export function scoreFaults(field: string, scores: ArrayLike<number>): Fault[] {
  if (scores.length === 0) {
    const remedy = 'Check the filter or the split that chose the examples.';
    return [faultOf(field, 'at least one score', 'none', remedy)];
  }
  for (let at = 0; at < scores.length; at++) {
    if (Number.isFinite(scores[at])) continue;
    const remedy = 'Look for a diverged model or an unreadable picture.';
    return [faultOf(field, 'finite numbers', `${scores[at]} at place ${at}`, remedy)];
  }
  return [];
}

/** Refuses scores that no rate can be computed of. */
export function checkScores(scoresIn: ArrayLike<number>, scoresOut: ArrayLike<number>): void {
  throwFaults([...scoreFaults('scoresIn', scoresIn), ...scoreFaults('scoresOut', scoresOut)]);
}

/**
 * Counts both sets along the distinct scores, from the one that speaks most for `positive` on.
 *
 * Equal scores make one step, so nothing depends on the order in which they are given.
 */
export function thresholdSteps(
  scoresIn: ArrayLike<number>,
  scoresOut: ArrayLike<number>,
  positive: Positive,
): ThresholdSteps {
  checkScores(scoresIn, scoresOut);
  if (positive !== 'in' && positive !== 'out') {
    throw invalidField('positive', 'in or out', positive, nearestHint(String(positive), ['in', 'out']));
  }
  const sign = positive === 'out' ? -1 : 1; // A high score speaks for an outlier, so that one comes first.
  const sorted = (scores: ArrayLike<number>) => Float64Array.from(scores, (score) => sign * score).sort();
  const [inside, outside] = [sorted(scoresIn), sorted(scoresOut)];
  const [wanted, other] = positive === 'out' ? [outside, inside] : [inside, outside];
  const found: number[] = [];
  const wrong: number[] = [];
  let [atWanted, atOther] = [0, 0];
  while (atWanted < wanted.length || atOther < other.length) {
    const score = Math.min(wanted[atWanted] ?? Infinity, other[atOther] ?? Infinity);
    while (wanted[atWanted] === score) atWanted++;
    while (other[atOther] === score) atOther++;
    found.push(atWanted);
    wrong.push(atOther);
  }
  return { found: Float64Array.from(found), wrong: Float64Array.from(wrong) };
}
