import { within } from '../invalid-input.js';
import { isRecord } from '../kinds.js';
import { nearestHint, nearestName } from '../words.js';
import { type InputOf, listed, type OutputOf, type Place, refuse, type Rule } from './rule.js';

/** Rules by the names of what they are for. */
export type Fields = Readonly<Record<string, Rule>>;

type Optional<Type> = { [Name in keyof Type]: undefined extends Type[Name] ? Name : never }[keyof Type];
/** A record whose fields may be left out where `undefined` is one of their values. */
type Loose<Type> = {
  readonly [Name in Exclude<keyof Type, Optional<Type>>]: Type[Name];
} & { readonly [Name in Optional<Type>]?: Type[Name] };
type Flat<Type> = { readonly [Name in keyof Type]: Type[Name] };
/** The record of {@link record} with every default filled in. */
export type RecordOutput<Of extends Fields> = Flat<Loose<{ [Name in keyof Of]: OutputOf<Of[Name]> }>>;
/** The record of {@link record} as a person writes it. */
export type RecordInput<Of extends Fields> = Flat<Loose<{ [Name in keyof Of]: InputOf<Of[Name]> }>>;

/** The rules of a record that is declared as a type of its own: one for each of its fields. */
export type RulesOf<Type> = { readonly [Name in keyof Type]-?: Rule<Type[Name] | NonNullable<Type[Name]>> };

const inner = (at: Place, name: PropertyKey): Place => ({ ...at, path: within(at.path, name) });

/** Adds a fault for each name that no field has. */
function refuseUnknown(given: object, at: Place, known: readonly string[]): void {
  for (const [name, value] of Object.entries(given).filter(([key]) => !known.includes(key))) {
    const { path, faults, doubtful, noun, show } = inner(at, name);
    const received = noun === 'option' ? name : show(value);
    faults.push({ path, rule: `a known ${noun}`, received, remedy: nearestHint(name, known) });
    // What was meant may be any field of a section; of a whole, the one with the nearest name.
    const meant = at.path === '' ? nearestName(name, known) : at.path;
    if (meant !== undefined) doubtful.push(meant);
  }
}

/** A record with exactly the given fields; one that may be left out has {@link optional} or {@link withDefault}. */
export function record<const Of extends Fields>(fields: Of): Rule<RecordOutput<Of>, RecordInput<Of>> {
  const names = Object.keys(fields);
  const mapped = (each: (rule: Rule, name: string) => unknown) => {
    const entries = names.map((name) => [name, each(fields[name]!, name)] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as RecordOutput<Of>; // a value a field
  };
  const fallback = () => mapped((rule) => rule.fallback());
  return {
    read(given, at) {
      if (!isRecord(given)) {
        const rule = `a record${at.noun === 'setting' ? ' of settings' : ''}`;
        refuse(at, rule, given, `Write { ${names.slice(0, 2).join(', ')}, … }.`);
        return fallback();
      }
      refuseUnknown(given, at, names);
      return mapped((rule, name) => rule.read(given[name], inner(at, name)));
    },
    fallback,
    shape: { kind: 'record', fields },
  };
}

/**
 * A list of values of one rule.
 *
 * @param options - `min` entries at least, by default 0; `rule` ends the sentence "path must be …".
 */
export function list<Output, Input>(
  each: Rule<Output, Input>,
  { rule, min = 0, remedy }: { readonly rule: string; readonly min?: number; readonly remedy: string },
): Rule<readonly Output[], readonly Input[]> {
  const fallback = () => Array.from({ length: min }, each.fallback);
  return {
    read(values, at) {
      if (Array.isArray(values) && values.length >= min)
        return Array.from(values, (value: unknown, place) => each.read(value, inner(at, place))); // a hole is read too
      refuse(at, rule, values, remedy);
      return fallback();
    },
    fallback,
    shape: { kind: 'each', inner: each, named: false },
  };
}

/** A record of any names, each of which keeps one rule and holds a value of another. */
export function dictionary<Output, Input>(
  each: Rule<Output, Input>,
  { rule, remedy, names }: { readonly rule: string; readonly remedy: string; readonly names?: Rule<string> },
): Rule<Readonly<Record<string, Output>>, Readonly<Record<string, Input>>> {
  return {
    read(values, at) {
      if (!isRecord(values)) {
        refuse(at, rule, values, remedy);
        return {};
      }
      return Object.fromEntries(
        Object.entries(values).map(([name, value]) => {
          names?.read(name, inner(at, name));
          return [name, each.read(value, inner(at, name))];
        }),
      );
    },
    fallback: () => ({}),
    shape: { kind: 'each', inner: each, named: true },
  };
}

/** The given record without the fields that only records of other kinds have, each of which is a fault. */
function withoutForeign(
  given: Record<string, unknown>,
  at: Place,
  rules: Fields,
  tag: string,
  word: string,
): object {
  const { shape } = rules[word]!;
  if (shape.kind !== 'record') return given;
  const ownerOf = (name: string) =>
    Object.entries(rules).find(
      ([, other]) => other.shape.kind === 'record' && Object.hasOwn(other.shape.fields, name),
    );
  const kept = Object.entries(given).filter(([name, value]) => {
    const owner = Object.hasOwn(shape.fields, name) ? undefined : ownerOf(name);
    if (owner !== undefined && value !== undefined)
      refuse(
        inner(at, name),
        `left out with ${tag} ${at.show(word)}`,
        value,
        `It is of ${tag} ${at.show(owner[0])}.`,
      );
    return owner === undefined;
  });
  // An object of a class has some of its fields from its prototype.
  const own = Object.keys(shape.fields).map((name) => [name, given[name]] as const);
  return Object.fromEntries([...kept, ...own.filter(([, value]) => value !== undefined)]);
}

/**
 * A record of one of several kinds, which one of its fields names.
 *
 * @param tag - That field, e.g. `kind`.
 * @param rules - By the word that stands there; the first stands for a wrong one.
 * @param options - `rule` is told of what is no record, `remedy` where no word is near, or what it says of what came; `usual` is the word where none is given.
 */
export function kinds<const Of extends Fields>(
  tag: string,
  rules: Of,
  {
    rule,
    remedy,
    usual,
  }: {
    readonly rule: string;
    readonly remedy: string | ((given: unknown) => string);
    readonly usual?: keyof Of & string;
  },
): Rule<OutputOf<Of[keyof Of]>, InputOf<Of[keyof Of]>> {
  const first = Object.keys(rules)[0]!;
  const remedyOf = (given: unknown) => (typeof remedy === 'string' ? remedy : remedy(given));
  const fallback = () => rules[first]!.fallback() as OutputOf<Of[keyof Of]>;
  return {
    read(given, at) {
      if (!isRecord(given)) {
        const word = typeof given === 'string' ? nearestName(given, Object.keys(rules)) : undefined;
        refuse(
          at,
          rule,
          given,
          word === undefined ? remedyOf(given) : `Write { ${tag}: ${JSON.stringify(word)} }.`,
        );
        return fallback();
      }
      const word = given[tag] ?? usual;
      const words = Object.keys(rules);
      const near = () => (typeof word === 'string' ? nearestName(word, words) : undefined);
      const meant = words.find((each) => each === word) ?? near();
      if (meant === undefined || meant !== word) {
        const shown = at.noun === 'setting' ? at.show(meant) : meant;
        refuse(
          inner(at, tag),
          `one of ${listed(at, words)}`,
          word,
          meant === undefined ? remedyOf(given) : `Did you mean ${shown}?`,
        );
        at.doubtful.push(at.path);
      }
      if (meant === undefined) return fallback();
      const own = { ...withoutForeign(given, at, rules, tag, meant), [tag]: meant };
      return rules[meant]!.read(own, at) as OutputOf<Of[keyof Of]>;
    },
    fallback,
    shape: { kind: 'either', rules: Object.values(rules) },
  };
}
