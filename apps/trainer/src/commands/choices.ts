import { faultOf, invalidField, nearestHint, throwFaults } from '@m3ae/errors';

/**
 * The words of an option that names several, e.g. `mean,cls`.
 *
 * @throws InvalidInput for a word that is not known, with the nearest that is.
 */
export function wordsOf<const Word extends string>(
  option: string,
  value: string,
  known: readonly Word[],
): Word[] {
  const words = value.split(',').map((word) => word.trim());
  const found = words.map((word) => known.find((one) => one === word));
  throwFaults(
    words.map((word, at) => {
      const rule = `among ${known.join(', ')}`;
      return found[at] === undefined && faultOf(option, rule, word || 'nothing', nearestHint(word, known));
    }),
  );
  return [...new Set(found.filter((word) => word !== undefined))];
}

/**
 * The numbers of an option that names several, e.g. `1,5,10`.
 *
 * @throws InvalidInput for what is no number above 0, no whole one where it must be, or more than `most`.
 */
export function numbersOf(
  option: string,
  value: string,
  { whole, most }: { readonly whole: boolean; readonly most: number },
): number[] {
  return value.split(',').map((word) => {
    const number = Number(word);
    const fits = word.trim() !== '' && number > 0 && (!whole || Number.isInteger(number));
    if (fits && number <= most) return number;
    const rule = fits ? `at most ${most}` : whole ? 'whole numbers above 0' : 'numbers above 0';
    const remedy = `Write e.g. ${whole ? '1,5,10' : '0.03,0.01'}.`;
    throw invalidField(option, rule, word || 'nothing', remedy);
  });
}

/**
 * The number of an option that takes one, above 0.
 *
 * @throws InvalidInput for anything else, or more than `most`.
 */
export function numberOf(option: string, value: string, most: number): number {
  if (!value.includes(',')) return numbersOf(option, value, { whole: false, most })[0]!;
  throw invalidField(option, 'one number', value, 'Leave out all but one.');
}

/**
 * A whole number from `least`, by default 1, to `most`.
 *
 * @throws InvalidInput if it is none.
 */
export function countOf(
  option: string,
  value: string,
  { least = 1, most }: { readonly least?: number; readonly most: number },
): number {
  const number = Number(value);
  const fits = value.trim() !== '' && Number.isInteger(number) && number >= least;
  if (fits && number <= most) return number;
  const rule = fits ? `at most ${most}` : `a whole number of at least ${least}`;
  throw invalidField(option, rule, value || 'nothing', `Write e.g. ${Math.min(100, most)}.`);
}

/**
 * The word of an option that names one, e.g. `mean`.
 *
 * @throws InvalidInput if it is not known, with the nearest that is.
 */
export function wordOf<const Word extends string>(
  option: string,
  value: string,
  known: readonly Word[],
): Word {
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw invalidField(option, known.join(' or '), value || 'nothing', nearestHint(value, known));
}
