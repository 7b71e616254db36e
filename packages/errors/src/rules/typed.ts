import { throwFaults } from '../list-form.js';
import { checkOptions, examine, type Rule } from './rule.js';
import { integer } from './values.js';

/** What was typed, e.g. after an option: a number where it is one, nothing where it is empty. */
export function typed(word: string): string | number | undefined {
  const text = word.trim();
  return text === '' ? undefined : Number.isNaN(Number(text)) ? text : Number(text);
}

/**
 * The value of a typed option.
 *
 * @param option - Its name, e.g. `--pictures`.
 * @param text - What was typed; nothing where the option was left out, which is then nothing too.
 * @throws InvalidInput unless it keeps the rule.
 */
export function typedValue<Value>(option: string, text: string, rule: Rule<Value>): Value;
export function typedValue<Value>(
  option: string,
  text: string | undefined,
  rule: Rule<Value>,
): Value | undefined;
export function typedValue<Value>(
  option: string,
  text: string | undefined,
  rule: Rule<Value>,
): Value | undefined {
  return text === undefined ? undefined : checkOptions(rule, typed(text), { path: option });
}

/**
 * The values of a typed option that names several with commas between, e.g. `mean,cls`; each once.
 *
 * @throws InvalidInput for each that breaks the rule.
 */
export function typedValues<Value>(option: string, text: string, rule: Rule<Value>): Value[] {
  const read = text.split(',').map((word) => examine(rule, typed(word), { path: option }));
  throwFaults(read.flatMap(({ faults }) => faults));
  return [...new Set(read.map(({ value }) => value))];
}

/** A whole number from `least` to `most`, with an example of one in its remedy. */
export const countUpTo = (most: number, least = 1): Rule<number, number> =>
  integer({ min: least, limit: most }, `Write e.g. ${Math.min(100, most)}.`);
