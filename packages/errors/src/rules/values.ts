import { type Interval, isInInterval } from '../kinds.js';
import { describe } from '../invalid-input.js';
import { nearestHint, nearestName } from '../words.js';
import { throwFaults } from '../collect.js';
import { checkOptions, examine, listed, refuse, type Rule, type RuleShape } from './rule.js';

/**
 * A value for which `test` holds.
 *
 * @param rule - Ends the sentence "path must be …".
 * @param remedy - One sentence that says what to write instead.
 * @param fallback - Stands for a wrong value while others are checked.
 */
export function matching<Value>(
  rule: string,
  test: (value: unknown) => boolean,
  remedy: string,
  fallback: Value,
  shape: RuleShape = { kind: 'other' },
): Rule<Value, Value> {
  return {
    read(value, at) {
      if (test(value)) return value as Value; // that is what the test says
      refuse(at, rule, value, remedy);
      return fallback;
    },
    fallback: () => fallback,
    shape,
  };
}

/** Any value at all, for whoever else checks it. */
export const anything = matching<unknown>('anything', () => true, '', undefined);

interface Limit {
  /** A number beyond it is told this bound alone: what nobody means, and no machine can do. Default: none. */
  readonly limit?: number;
}

/** A whole number of at least `min`, and at most `max` where that is given; never more than a double counts. */
export function integer(
  { min, max = Infinity, limit = Number.MAX_SAFE_INTEGER }: { min: number; max?: number } & Limit,
  remedy: string,
): Rule<number, number> {
  const open = min === 1 ? 'a positive integer' : `an integer of at least ${min}`;
  const rule = max === Infinity ? open : `an integer from ${min} to ${max}`;
  const test = (value: number) => Number.isInteger(value) && value >= min && value <= max;
  return limited({ rule, test, remedy, fallback: min, limit: Math.min(max, limit) });
}

/** A finite number: any, one of at least `min`, or one above `above`. */
export function number(
  { min, above, limit = Infinity }: { min?: number; above?: number } & Limit,
  remedy: string,
): Rule<number, number> {
  if (above !== undefined) {
    const test = (value: number) => value > above;
    return limited({ rule: `a number above ${above}`, test, remedy, fallback: above + 1, limit });
  }
  const rule = min === undefined ? 'a number' : `a number of at least ${min}`;
  return limited({ rule, test: (value) => value >= (min ?? -Infinity), remedy, fallback: min ?? 0, limit });
}

/**
 * A number in an interval.
 *
 * @param interval - As it is written: a square bracket holds its end, a round one does not, e.g. `[0, 1)`.
 */
export function inInterval(interval: Interval, remedy: string): Rule<number, number> {
  const [least, most] = interval.slice(1, -1).split(', ').map(Number) as [number, number]; // as its type says
  const test = (value: number) => isInInterval(value, interval);
  const fallback = test(least) ? least : most;
  return limited({ rule: `in ${interval}`, test, remedy, fallback, limit: most });
}

interface Limited extends Required<Limit> {
  readonly rule: string;
  readonly test: (value: number) => boolean;
  readonly remedy: string;
  readonly fallback: number;
}

function limited({ rule, test, remedy, fallback, limit }: Limited): Rule<number, number> {
  return {
    read(value, at) {
      const fits = typeof value === 'number' && Number.isFinite(value) && test(value);
      if (fits && value <= limit) return value;
      refuse(at, fits ? `at most ${limit}` : rule, value, remedy);
      return fallback;
    },
    fallback: () => fallback,
    shape: { kind: 'number', max: limit },
  };
}

/** `true` or `false`. */
export const flag = (remedy: string): Rule<boolean, boolean> =>
  matching('true or false', (value) => typeof value === 'boolean', remedy, false);

/**
 * One of a list of words.
 *
 * @param remedy - Follows the nearest of them, where one is near; by default their list stands where none is.
 */
export function oneOf<const Words extends readonly string[]>(
  words: Words,
  remedy?: string,
): Rule<Words[number], Words[number]> {
  const test = (value: unknown) => typeof value === 'string' && words.includes(value);
  return {
    read(value, at) {
      if (test(value)) return value as Words[number]; // that is what the test says
      const near = typeof value === 'string' ? nearestName(value, words) : undefined;
      const meant = near && `Did you mean ${at.noun === 'setting' ? at.show(near) : near}?`;
      const hint = [meant, remedy].filter(Boolean).join(' ') || nearestHint(describe(value), words);
      refuse(at, `one of ${listed(at, words)}`, value, hint);
      return words[0]!;
    },
    fallback: () => words[0]!,
    shape: { kind: 'words', words },
  };
}

/** A string with at least one character. */
export const text = (remedy: string, rule = 'a non-empty string'): Rule<string, string> =>
  matching(rule, (value) => typeof value === 'string' && value !== '', remedy, 'missing');

/**
 * A function of a person's own.
 *
 * @typeParam Call - Its type, which is not checked.
 */
export const callback = <Call extends (...given: never[]) => unknown>(
  rule: string,
  remedy: string,
  fallback: Call,
): Rule<Call, Call> => matching(rule, (value) => typeof value === 'function', remedy, fallback);

/** What was typed, e.g. after an option: a number where it is one, nothing where it is empty. */
export function typed(word: string): string | number | undefined {
  const trimmed = word.trim();
  return trimmed === '' ? undefined : Number.isNaN(Number(trimmed)) ? trimmed : Number(trimmed);
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
