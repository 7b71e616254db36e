import { type Fault, faultOf, nearestHint } from '@m3ae/errors';
import { z } from 'zod';

/** What a broken rule says: zod carries one text from a rule to its issue, so this goes through it as JSON. */
interface Words {
  readonly rule?: string;
  readonly remedy?: string;
  /** Names that a record may hold, where the fault is another name. */
  readonly known?: readonly string[];
}

const carried = (words: Words) => JSON.stringify(words);

/** The words of a rule: the sentence `PATH must be RULE; received …. REMEDY`. */
export const rule = (text: string, remedy: string) => ({ error: () => carried({ rule: text, remedy }) });

/** A string with at least one character. */
export const text = (remedy: string) => {
  const words = rule('a non-empty string', remedy);
  return z.string(words).min(1, words);
};

/** A word that may name a file. */
export const word = (pattern: RegExp, remedy: string) => {
  const words = rule('a word of letters, digits, -, _ and .', remedy);
  return z.string(words).regex(pattern, words);
};

/** A whole number of at least `least`. */
export const integer = (least: number, most: number, remedy: string) => {
  const words = rule(`an integer from ${least} to ${most}`, remedy);
  return z.int(words).min(least, words).max(most, words);
};

/** One of a list of words. */
export function oneOf<const Known extends readonly [string, ...string[]]>(known: Known, remedy: string) {
  return z.enum(known, rule(`one of ${known.join(', ')}`, remedy));
}

/** A list with at least one entry. */
export const some = <Schema extends z.ZodType>(schema: Schema, what: string, remedy: string) =>
  z.array(schema, rule(what, remedy)).min(1, rule(what, remedy));

/** A record of exactly the given fields. */
export function section<Fields extends z.ZodRawShape>(fields: Fields) {
  const known = Object.keys(fields);
  const remedy = `Write { ${known.slice(0, 2).join(', ')}, … }.`;
  return z.strictObject(fields, {
    error: ({ code }) => carried(code === 'unrecognized_keys' ? { known } : { rule: 'a record', remedy }),
  });
}

/** A record, or a word that stands for one. */
export function orWord<Schema extends z.ZodType>(name: string, schema: Schema) {
  return z.preprocess((value) => (typeof value === 'string' ? { [name]: value } : value), schema);
}

const step = (place: unknown, name: PropertyKey): unknown =>
  typeof place === 'object' && place !== null ? Reflect.get(place, name) : undefined;

/** Every broken rule as a fault. */
export function faultsOf({ issues }: z.ZodError, input: unknown): Fault[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map(String);
    const place = issue.path.reduce(step, input);
    const inner = issue.code === 'invalid_key' ? issue.issues[0]!.message : issue.message;
    const { rule: broken, remedy, known } = JSON.parse(inner) as Words;
    if (issue.code !== 'unrecognized_keys') {
      const received = issue.code === 'invalid_key' ? path.at(-1) : place;
      return [faultOf(path.join('.') || 'study', broken!, received, remedy!)];
    }
    return issue.keys.map((name) =>
      faultOf([...path, name].join('.'), 'a known setting', step(place, name), nearestHint(name, known!)),
    );
  });
}
