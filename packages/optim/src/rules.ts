import { faultOf, throwFaults, unknownKeys } from '@m3ae/errors';

/** What one option may hold. */
export interface FieldRule {
  /** Ends the sentence "field must be …". */
  readonly rule: string;
  readonly test: (value: unknown) => boolean;
  /** One sentence that says what to write instead. */
  readonly remedy: string;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** The rules that several optimizers share. */
export const rules = {
  share: {
    rule: 'in [0, 1)',
    test: (value) => isNumber(value) && value >= 0 && value < 1,
    remedy: 'Usual values lie between 0.9 and 0.999.',
  },
  notNegative: {
    rule: 'a finite number, zero or more',
    test: (value) => isNumber(value) && value >= 0,
    remedy: 'Write 0 to switch it off.',
  },
  positive: {
    rule: 'a finite number above zero',
    test: (value) => isNumber(value) && value > 0,
    remedy: 'Pass a small positive number.',
  },
  finite: { rule: 'a finite number', test: isNumber, remedy: 'Pass a number such as 1.5e-4.' },
  count: {
    rule: 'an integer, zero or more',
    test: (value) => Number.isInteger(value) && (value as number) >= 0,
    remedy: 'Count in optimizer updates.',
  },
  positiveCount: {
    rule: 'a positive integer',
    test: (value) => Number.isInteger(value) && (value as number) > 0,
    remedy: 'Count whole steps or examples.',
  },
  flag: {
    rule: 'true or false',
    test: (value) => typeof value === 'boolean',
    remedy: 'Leave it out for the default.',
  },
  predicate: {
    rule: 'a function of a parameter path',
    test: (value) => typeof value === 'function',
    remedy: 'For example (path) => !path.endsWith("bias").',
  },
} as const satisfies Record<string, FieldRule>;

/** A rule for one of a few words. */
export function oneOf(...words: readonly string[]): FieldRule {
  return {
    rule: `one of ${words.join(', ')}`,
    test: (value) => words.includes(value as string),
    remedy: 'Check the spelling.',
  };
}

/**
 * Checks options against their rules and reports every fault at once.
 *
 * @param owner - Put before each name; `''` for none.
 * @throws RangeError naming each option that is unknown (with the nearest known name) or breaks its rule.
 */
export function checkFields(
  owner: string,
  options: object,
  known: Readonly<Record<string, FieldRule>>,
): void {
  const path = (name: string) => (owner === '' ? name : `${owner}.${name}`);
  const values = Object.entries(options).filter(([name, value]) => name in known && value !== undefined);
  throwFaults([
    ...unknownKeys(owner, options, Object.keys(known)),
    ...values.map(([name, value]) => {
      const { rule, test, remedy } = known[name]!;
      return !test(value) && faultOf(path(name), rule, value, remedy);
    }),
  ]);
}
