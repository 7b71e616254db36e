import { type Fault, isInvalidInput, isRecord, nearestHint } from '@m3ae/errors';
import { z } from 'zod';

/** Shows a received value in one line, cut when long. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** A fault of one setting; what came is shown as it is written in a config. */
export function settingFault(path: string, rule: string, received: unknown, remedy: string): Fault {
  return { path, rule, received: show(received), remedy };
}

/** Faults as the message of an issue: zod's issues have room for a text alone. Paths count from the issue's own. */
export const messageOf = (faults: readonly Fault[]): string => JSON.stringify(faults);

/** The faults that {@link messageOf} wrote, under their whole paths; a message of zod's own is a sentence. */
export function faultsOf({ path, message }: z.core.$ZodIssue): Fault[] {
  const placed = (inner: string) => [...path.map(String), inner].filter((name) => name !== '').join('.');
  if (!message.startsWith('[{"path"')) {
    return [{ ...settingFault(placed(''), '', '', ''), sentence: `${placed('')} ${message}` }];
  }
  const faults = JSON.parse(message) as readonly Fault[]; // of messageOf
  return faults.map((fault) => ({ ...fault, path: placed(fault.path) || 'The config' }));
}

/** What is wrong with a field: `must be RULE; received X. REMEDY`. */
export function fault(rule: string, remedy: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) => messageOf([settingFault('', rule, input, remedy)]),
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

/** A record with exactly the given fields; anything but a record is refused. */
export function section<Fields extends z.ZodRawShape>(fields: Fields) {
  const known = Object.keys(fields);
  return z.strictObject(fields, {
    error: (issue) => {
      const { input } = issue;
      if (issue.code !== 'unrecognized_keys') {
        const remedy = `Write { ${known.slice(0, 2).join(', ')}, … }.`;
        return messageOf([settingFault('', 'a record of settings', input, remedy)]);
      }
      const given = isRecord(input) ? input : {};
      const unknown = (name: string) =>
        settingFault(name, 'a known setting', given[name], nearestHint(name, known));
      return messageOf(issue.keys.map(unknown));
    },
  });
}

/** A {@link section} that may be left out: every field then takes its default. */
export function optionalSection<Fields extends z.ZodRawShape>(fields: Fields) {
  return section(fields).prefault({} as never);
}

/**
 * The schema of a record whose own package checks it and fills in the defaults; what it finds wrong is told under the path in
 * the config.
 *
 * @param tag - The field that says which of several kinds it is, e.g. `{ kind: 'folder' }`.
 */
export function checkedRecord<Input extends object, Output>(
  tag: Readonly<Record<string, string>>,
  resolve: (given: Input) => Output,
) {
  const literals = Object.entries(tag).map(([name, value]) => [name, z.literal(value)] as const);
  const loose: z.ZodObject<Record<never, never>, z.core.$loose> = z.looseObject(Object.fromEntries(literals));
  const schema = loose.transform((given, context) => {
    try {
      return resolve(given as unknown as Input); // of this kind, and else unchecked: resolve checks it
    } catch (error) {
      if (!isInvalidInput(error)) throw error;
      for (const { path, ...fault } of error.faults) {
        const message = messageOf([{ path: '', ...fault }]);
        context.addIssue({ code: 'custom', path: path.split('.'), message });
      }
      return z.NEVER;
    }
  });
  // zod knows only the loose record that goes in; what a person may write is the package's own type.
  return schema as unknown as z.ZodPipe<typeof loose, z.ZodTransform<Output, Input>> & {
    _zod: { input: Input };
  };
}
