import { integer, list, number } from '@m3ae/errors/rules';

const neighbors = integer({ min: 1, limit: 100_000 }, 'Neighbors that vote, e.g. 10.');
/** Far below the limit nothing but the bias is left. */
const strength = number({ above: 0, limit: 1e12 }, 'A penalty of the linear classifier, e.g. 0.001.');

/** The rules of what `neighborProbe` and `linearProbe` try: of one value, and of the list. */
export const probeRules = {
  neighbors,
  strength,
  counts: list(neighbors, {
    rule: 'a list of numbers of neighbors',
    min: 1,
    remedy: 'Write e.g. [1, 5, 10, 20].',
  }),
  strengths: list(strength, {
    rule: 'a list of penalties',
    min: 1,
    remedy: 'Write e.g. [0.01, 0.001, 0.0001].',
  }),
} as const;
