import { nearestHint } from '@m3ae/errors';
import { z } from 'zod';

/** Shows a received value in one line, cut when long. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The words after a field's path: `must be RULE; received X. REMEDY`. */
export function fault(rule: string, remedy: string) {
  return {
    error: (issue: { readonly input?: unknown }) =>
      `must be ${rule}; received ${show(issue.input)}. ${remedy}`,
  };
}

/** The words of a number: its rule, or its upper bound where that alone is broken. */
function bounded(rule: string, maximum: number, remedy: string) {
  return {
    error: (issue: { readonly code?: string; readonly input?: unknown }) =>
      fault(issue.code === 'too_big' ? `at most ${maximum}` : rule, remedy).error(issue),
  };
}

/** A whole number from 1 to `maximum`. */
export const positiveInteger = (maximum: number, remedy: string) => {
  const words = bounded('a positive integer', maximum, remedy);
  return z.int(words).min(1, words).max(maximum, words);
};

/** A whole number from `minimum` to `maximum`. */
export const integerFrom = (minimum: number, maximum: number, remedy: string) => {
  const words = bounded(`an integer of at least ${minimum}`, maximum, remedy);
  return z.int(words).min(minimum, words).max(maximum, words);
};

/** A number in the half-open interval `[minimum, maximum)`. */
export const numberBelow = (minimum: number, maximum: number, remedy: string) => {
  const words = fault(`in [${minimum}, ${maximum})`, remedy);
  return z.number(words).min(minimum, words).lt(maximum, words);
};

/** A number in the closed interval `[minimum, maximum]`. */
export const numberWithin = (minimum: number, maximum: number, remedy: string) => {
  const words = fault(`in [${minimum}, ${maximum}]`, remedy);
  return z.number(words).min(minimum, words).max(maximum, words);
};

/** A number from 0 to `maximum`. */
export const nonNegative = (maximum: number, remedy: string) => {
  const words = bounded('a number of at least 0', maximum, remedy);
  return z.number(words).min(0, words).max(maximum, words);
};

/** A number above 0, at most `maximum`. */
export const positive = (maximum: number, remedy: string) => {
  const words = bounded('a number above 0', maximum, remedy);
  return z.number(words).gt(0, words).max(maximum, words);
};

/** `true` or `false`. */
export const flag = (remedy: string) => z.boolean(fault('true or false', remedy));

/** One of a list of words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words, remedy: string) {
  return z.enum(words, fault(`one of ${words.map((word) => `"${word}"`).join(', ')}`, remedy));
}

/** A string with at least one character. */
export const text = (remedy: string) => {
  const words = fault('a non-empty string', remedy);
  return z.string(words).min(1, words);
};

/** Two numbers above 0, the lower first, both at most `maximum`. */
export const range = (maximum: number, remedy: string) => {
  const words = bounded('two positive numbers, the lower first', maximum, remedy);
  const number = z.number(words).gt(0, words).max(maximum, words);
  return z.tuple([number, number], words).refine(([lower, upper]) => lower <= upper, words);
};

/** One line for each name that a record must not hold, with the nearest known one. */
function unknownNames(keys: readonly string[], received: unknown, known: readonly string[]): string {
  const record = received as Readonly<Record<string, unknown>>;
  return keys
    .map(
      (name) =>
        `${name} must be a known setting; received ${show(record[name])}. ${nearestHint(name, known)}`,
    )
    .join('\n');
}

/** A record with exactly the given fields; anything but a record is refused. */
export function section<Fields extends z.ZodRawShape>(fields: Fields) {
  const known = Object.keys(fields);
  return z.strictObject(fields, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? unknownNames(issue.keys, issue.input, known)
        : `must be a record of settings; received ${show(issue.input)}. Write { ${known.slice(0, 2).join(', ')}, … }.`,
  });
}

/** A {@link section} that may be left out: every field then takes its default. */
export function optionalSection<Fields extends z.ZodRawShape>(fields: Fields) {
  return section(fields).prefault({} as never);
}
