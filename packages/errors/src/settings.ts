import { type Fault, within } from './invalid-input.js';

export {
  applyOverrides,
  type Assignment,
  type OverrideRules,
  parseAssignments,
} from './settings/overrides.js';

const isObject = (value: unknown): value is Record<PropertyKey, unknown> =>
  typeof value === 'object' && value !== null;

/**
 * A view of a config that notes what is read.
 *
 * @param seen - Gets the path of every value that is no record.
 */
function watched<Value>(value: Value, seen: Set<string>, path = ''): Value {
  if (!isObject(value)) return value;
  return new Proxy(value, {
    get(target, name) {
      const inner = target[name];
      const at = within(path, name);
      if (typeof inner === 'function') return inner;
      if (!isObject(inner)) seen.add(at);
      return watched(inner, seen, at);
    },
  });
}

/** Whether one of two dotted paths lies in the other. */
const overlap = (a: string, b: string): boolean =>
  a === b || b === '' || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);

/** What only several settings together can show; it reads them one by one, so that it can be told which it has read. */
export type SettingsCheck<Settings> = (settings: Settings) => Iterable<Fault>;

/**
 * Faults that only several settings together can show, where some of them are themselves at fault: what a check says after it has read
 * one of these is left out.
 *
 * @param settings - The value of `examine`: all defaults filled in, what was wrong replaced.
 * @param checks - Generators, which read what they need of the settings before each fault.
 * @param doubtful - Paths whose values were replaced, as `examine` names them. Default none.
 * @returns Empty where the settings hold together.
 *
 * @example
 * ```ts
 * function* fits({ size, patch }: { size: number; patch: number }) {
 *   if (size % patch !== 0) yield settingFault('size', `a multiple of patch = ${patch}`, size, 'Use 224.');
 * }
 * faultsBetween({ size: 225, patch: 16 }, [fits]); // one fault, of size
 * faultsBetween({ size: 225, patch: 16 }, [fits], ['patch']); // none: patch was not what a person wrote
 * ```
 */
export function faultsBetween<Settings extends object>(
  settings: Settings,
  checks: readonly SettingsCheck<Settings>[],
  doubtful: readonly string[] = [],
): Fault[] {
  return checks.flatMap((check) => {
    const seen = new Set<string>();
    const believed: Fault[] = [];
    for (const fault of check(watched(settings, seen))) {
      if (![...seen].some((read) => doubtful.some((path) => overlap(read, path)))) believed.push(fault);
    }
    return believed;
  });
}

/**
 * A received value in one line, as JSON writes it, cut when long: for `show` of a style of faults, where settings come from a file.
 */
export function showSetting(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** A fault of one setting; what came is shown as it is written in a file of settings. */
export function settingFault(path: string, rule: string, received: unknown, remedy: string): Fault {
  return { path, rule, received: showSetting(received), remedy };
}
