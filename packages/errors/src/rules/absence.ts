import type { Place, Rule } from './rule.js';

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
