import { InputError } from '../config/config-error.js';
import { suggest } from '../config/nearest-name.js';

/**
 * The words of an option that names several, e.g. `mean,cls`.
 *
 * @throws InputError for a word that is not known, with the nearest that is.
 */
export function wordsOf<const Word extends string>(
  option: string,
  value: string,
  known: readonly Word[],
): Word[] {
  const words = value.split(',').map((word) => word.trim());
  const faults = words
    .filter((word) => !(known as readonly string[]).includes(word))
    .map(
      (word) =>
        `${option} must name ${known.join(', ')}; received ${word || 'nothing'}. ${suggest(word, known)}`,
    );
  if (faults.length > 0) throw new InputError(faults);
  return [...new Set(words)] as Word[];
}

/**
 * The numbers of an option that names several, e.g. `1,5,10`.
 *
 * @throws InputError for what is no number above 0, or no whole one where it must be.
 */
export function numbersOf(option: string, value: string, { whole }: { readonly whole: boolean }): number[] {
  return value.split(',').map((word) => {
    const number = Number(word);
    if (word.trim() !== '' && number > 0 && Number.isFinite(number) && (!whole || Number.isInteger(number))) {
      return number;
    }
    const rule = whole ? 'whole numbers above 0' : 'numbers above 0';
    throw new InputError([
      `${option} must be ${rule}; received ${word || 'nothing'}. Write e.g. ${whole ? '1,5,10' : '0.03,0.01'}.`,
    ]);
  });
}

/**
 * The word of an option that names one, e.g. `mean`.
 *
 * @throws InputError if it is not known, with the nearest that is.
 */
export function wordOf<const Word extends string>(
  option: string,
  value: string,
  known: readonly Word[],
): Word {
  if ((known as readonly string[]).includes(value)) return value as Word;
  throw new InputError([
    `${option} must be ${known.join(' or ')}; received ${value || 'nothing'}. ${suggest(value, known)}`,
  ]);
}

/**
 * A whole number of at least `least`.
 *
 * @throws InputError if it is none.
 */
export function countOf(option: string, value: string, least = 1): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isSafeInteger(number) && number >= least) return number;
  throw new InputError([
    `${option} must be a whole number of at least ${least}; received ${value || 'nothing'}. Write e.g. 100.`,
  ]);
}
