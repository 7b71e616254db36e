import { describe, type Fault, InvalidInput } from '../invalid-input.js';

/** How faults are told. */
export interface FaultStyle {
  /** Put before the paths of all faults. */
  readonly path?: string;
  /** What the whole is called, where it is itself at fault. Default `options`. */
  readonly whole?: string;
  /** What came, as text. Default {@link describe}. */
  readonly show?: (value: unknown) => string;
  /** What an unknown name is not: `a known option` shows the name, `a known setting` what it holds. Default `option`. */
  readonly noun?: 'option' | 'setting';
}

/** Where a rule reads a value, and where it tells what is wrong. */
export interface Place extends Required<FaultStyle> {
  readonly faults: Fault[];
  /** Paths whose values were replaced, and of records with an unknown name, which may mean any of theirs. */
  readonly doubtful: string[];
}

/** What a rule is made of, for a program that walks rules. */
export type RuleShape =
  | { readonly kind: 'number'; readonly max: number }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'record'; readonly fields: Readonly<Record<string, Rule>> }
  | { readonly kind: 'each'; readonly inner: Rule; readonly named: boolean }
  | { readonly kind: 'either'; readonly rules: readonly Rule[] }
  | { readonly kind: 'other' };

/**
 * What a value must be.
 *
 * @typeParam Output - The value with every default filled in.
 * @typeParam Input - The value as a person writes it.
 */
export interface Rule<Output = unknown, Input = never> {
  /** Reads a value; adds what is wrong to `at.faults`, and then gives a value that is usable but doubtful. */
  readonly read: (value: unknown, at: Place) => Output;
  /** What stands for a value that is wrong or missing. */
  readonly fallback: () => Output;
  readonly shape: RuleShape;
  /** Carries a type alone; never there. */
  readonly accepts?: (input: Input) => void;
}

/** The value of a rule with every default filled in. */
export type OutputOf<Of> = Of extends Rule<infer Output> ? Output : never;
/** The value of a rule as a person writes it. */
export type InputOf<Of extends Rule> = Parameters<NonNullable<Of['accepts']>>[0];

/** Adds a fault of the value at a place. */
export function refuse(at: Place, rule: string, received: unknown, remedy: string): void {
  at.faults.push({ path: at.path || at.whole, rule, received: at.show(received), remedy });
  at.doubtful.push(at.path);
}

/** Words as a rule lists them. */
export const listed = (at: Place, words: readonly string[]): string =>
  words.map((word) => (at.noun === 'setting' ? at.show(word) : word)).join(', ');

/** What {@link examine} found. */
export interface Examined<Output> {
  /** The value with its defaults; where there are faults, usable but for the paths in `doubtful`. */
  readonly value: Output;
  readonly faults: readonly Fault[];
  /** Paths whose values were replaced or may be meant for others. */
  readonly doubtful: readonly string[];
}

/** Reads a value by a rule without throwing, for who has more to check and tells all faults at once. */
export function examine<Output>(
  rule: Rule<Output>,
  value: unknown,
  { path = '', whole = 'options', show = describe, noun = 'option' }: FaultStyle = {},
): Examined<Output> {
  const at: Place = { path, whole, show, noun, faults: [], doubtful: [] };
  return { value: rule.read(value, at), faults: at.faults, doubtful: at.doubtful };
}

/**
 * Reads a value by a rule and fills in the defaults.
 *
 * @throws InvalidInput with every fault, not only the first.
 *
 * @example
 * ```ts
 * const rules = record({ steps: integer({ min: 1 }, 'Pass e.g. 100.'), shuffle: withDefault(flag('Leave it out.'), true) });
 * checkOptions(rules, { steps: 5 }); // { steps: 5, shuffle: true }
 * ```
 */
export function checkOptions<Output>(rule: Rule<Output>, value: unknown, style?: FaultStyle): Output {
  const { value: output, faults } = examine(rule, value, style);
  if (faults.length > 0) throw new InvalidInput(faults);
  return output;
}
