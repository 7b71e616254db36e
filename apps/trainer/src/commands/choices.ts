import { throwFaults } from '@m3ae/errors';
import { checkOptions, examine, integer, type Rule } from '@m3ae/errors/rules';

/** What was typed: a number where it is one, nothing where it is empty. */
export function typed(word: string): string | number | undefined {
  const text = word.trim();
  return text === '' ? undefined : Number.isNaN(Number(text)) ? text : Number(text);
}

/**
 * The value of an option.
 *
 * @throws InvalidInput unless it keeps the rule.
 */
export const valueOf = <Value>(option: string, text: string, rule: Rule<Value>): Value =>
  checkOptions(rule, typed(text), { path: option });

/**
 * The values of an option that names several with commas between, e.g. `mean,cls`; each once.
 *
 * @throws InvalidInput for each that breaks the rule.
 */
export function valuesOf<Value>(option: string, text: string, rule: Rule<Value>): Value[] {
  const read = text.split(',').map((word) => examine(rule, typed(word), { path: option }));
  throwFaults(read.flatMap(({ faults }) => faults));
  return [...new Set(read.map(({ value }) => value))];
}

/** A whole number from `least` to `most`. */
export const countUpTo = (most: number, least = 1) =>
  integer({ min: least, limit: most }, `Write e.g. ${Math.min(100, most)}.`);
