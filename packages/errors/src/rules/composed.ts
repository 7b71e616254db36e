import { isInvalidInput, prefixed, within } from '../invalid-input.js';
import { isRecord } from '../kinds.js';
import { type MaybeFault, presentFaults } from '../collect.js';
import { type InputOf, type OutputOf, type Place, refuse, type Rule, type RuleShape } from './rule.js';

/** A value that may be left out. */
export function optional<Output, Input>(
  rule: Rule<Output, Input>,
): Rule<Output | undefined, Input | undefined> {
  return {
    read: (value, at) => (value === undefined ? undefined : readOr(rule, value, at, () => undefined)),
    fallback: () => undefined,
    shape: rule.shape,
  };
}

/** A value that stands for itself where none is given. */
export function withDefault<Output, Input>(
  rule: Rule<Output, Input>,
  value: NoInfer<Output>,
): Rule<Output, Input | undefined> {
  return {
    read: (given, at) => (given === undefined ? value : readOr(rule, given, at, () => value)),
    fallback: () => value,
    shape: rule.shape,
  };
}

/** A record that may be left out: every field then takes its default. */
export function optionalRecord<Output, Input>(rule: Rule<Output, Input>): Rule<Output, Input | undefined> {
  const { fallback, shape } = rule;
  return { read: (value, at) => rule.read(value === undefined ? {} : value, at), fallback, shape };
}

/** A value, or null. */
export function nullable<Output, Input>(rule: Rule<Output, Input>): Rule<Output | null, Input | null> {
  return {
    read: (value, at) => (value === null ? null : rule.read(value, at)),
    fallback: () => null,
    shape: rule.shape,
  };
}

/** What a rule reads; where it finds a fault in a value that is no record, what stands for it instead. */
function readOr<Output, Other>(rule: Rule<Output>, value: unknown, at: Place, other: () => Other) {
  const before = at.faults.length;
  const read = rule.read(value, at);
  return at.faults.length > before && rule.shape.kind !== 'record' ? other() : read;
}

/** A value of any of several rules; where it is of none, that alone is told, or what is wrong with the record that it means. */
export function either<const Of extends readonly Rule[]>(
  rules: Of,
  { rule, remedy }: { readonly rule: string; readonly remedy: string },
): Rule<OutputOf<Of[number]>, InputOf<Of[number]>> {
  const fallback = () => rules[0]!.fallback() as OutputOf<Of[number]>;
  return {
    read(value, at) {
      const trials = rules.map((one) => {
        const trial: Place = { ...at, faults: [], doubtful: [] };
        return {
          trial,
          read: one.read(value, trial) as OutputOf<Of[number]>,
          isMeant: hasNames(one.shape, value),
        };
      });
      const right = trials.find(({ trial }) => trial.faults.length === 0);
      if (right !== undefined) return right.read;
      const [meant, another] = trials.filter(({ isMeant }) => isMeant);
      if (meant === undefined || another !== undefined) refuse(at, rule, value, remedy);
      else {
        at.faults.push(...meant.trial.faults);
        at.doubtful.push(...meant.trial.doubtful);
      }
      return fallback();
    },
    fallback,
    shape: { kind: 'either', rules },
  };
}

/** Whether a record has names of fields of a rule and no others. */
const hasNames = (shape: RuleShape, value: unknown): boolean =>
  shape.kind === 'record' &&
  isRecord(value) &&
  Object.keys(value).length > 0 &&
  Object.keys(value).every((name) => Object.hasOwn(shape.fields, name));

/** A value that is rewritten before its rule reads it, e.g. a word that stands for a record. */
export function rewritten<Output, Input, Written>(
  rewrite: (value: unknown) => unknown,
  rule: Rule<Output, Input>,
): Rule<Output, Input | Written> {
  const { fallback, shape } = rule;
  return { read: (value, at) => rule.read(rewrite(value), at), fallback, shape };
}

/**
 * A value that another function checks, and fills in the defaults of.
 *
 * @param resolve - Throws `InvalidInput`, whose faults are told under the path of the value.
 */
export function checkedBy<Output, Input>(resolve: (given: Input) => Output): Rule<Output, Input> {
  const fallback = () => ({}) as Output; // doubtful as a whole, so that nothing is concluded from it
  return {
    read(value, at) {
      try {
        return resolve(value as Input); // unchecked: resolve checks it
      } catch (error) {
        if (!isInvalidInput(error)) throw error;
        at.faults.push(...prefixed(at.path, error.faults));
        at.doubtful.push(at.path);
        return fallback();
      }
    },
    fallback,
    shape: { kind: 'other' },
  };
}

/**
 * A record some of whose fields must fit each other.
 *
 * @param reads - The fields that `faultsOf` reads; it is not asked where one of them is wrong by itself.
 * @param faultsOf - What is wrong between them, with paths that count from the record.
 */
export function refined<Output extends object, Input>(
  rule: Rule<Output, Input>,
  reads: readonly (keyof Output & string)[],
  faultsOf: (value: Output) => readonly MaybeFault[],
): Rule<Output, Input> {
  return {
    ...rule,
    read(value, at) {
      const before = at.faults.length;
      const read = rule.read(value, at);
      const wrong = new Set(at.faults.slice(before).map(({ path }) => path));
      if (
        [at.path || at.whole, ...reads.map((name) => within(at.path, name))].some((path) => wrong.has(path))
      )
        return read;
      for (const fault of prefixed(at.path, presentFaults(faultsOf(read)))) {
        at.faults.push(fault);
        at.doubtful.push(fault.path);
      }
      return read;
    },
  };
}
