import { type Fault, faultOf } from '../invalid-input.js';
import { isRecord, requireList } from '../kinds.js';
import { throwFaults } from '../collect.js';

type Mutable = Record<string, unknown>;

/** A setting and its value, as {@link parseAssignments} reads them. */
export type Assignment = readonly [path: string, value: unknown];

/** What a program says of its settings to {@link applyOverrides}. */
export interface OverrideRules {
  /** Settings of which one takes the place of the others, by the section that holds them: `{ train: ['steps', 'epochs'] }`. */
  readonly exclusive?: Readonly<Record<string, readonly string[]>>;
  /** The section that a value of another kind stands for, e.g. an address of data; by default there is none. */
  readonly sectionOf?: (value: unknown) => object | undefined;
}

/** A value as typed on a command line: JSON where it is JSON, else the text itself. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/**
 * The paths and values of `--set path=value`.
 *
 * @throws InvalidInput for every assignment without `=`, with an empty or an unsafe path.
 */
export function parseAssignments(assignments: readonly string[]): Assignment[] {
  const faults: Fault[] = [];
  const parsed = assignments.map((assignment): Assignment => {
    const at = assignment.indexOf('=');
    const path = assignment.slice(0, Math.max(0, at)).trim();
    if (path.split('.').some((name) => name === '' || name === '__proto__'))
      faults.push(faultOf('--set', 'PATH=VALUE', assignment, 'Write e.g. --set train.steps=20.'));
    return [path, parseValue(assignment.slice(at + 1))];
  });
  throwFaults(faults);
  return parsed;
}

/** The same rules where nothing is left out. */
interface Rules {
  readonly rivalsOf: (section: string) => readonly string[];
  readonly sectionOf: (value: unknown) => Mutable | undefined;
}

/** Whether two values of plain data are alike, whatever the order of their names. */
function alike(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((each, at) => alike(each, b[at]));
  if (!isRecord(a) || !isRecord(b)) return Object.is(a, b);
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && alike(a[name], b[name]))
  );
}

/** Whether a value says something about a setting in it which is not what else is said of that. */
function contradicts(
  value: unknown,
  section: string,
  path: readonly string[],
  inner: unknown,
  rules: Rules,
): boolean {
  const held = rules.sectionOf(value);
  if (held === undefined) return true;
  const [name = '', ...rest] = path;
  if (rest.length === 0) {
    const rivals = rules.rivalsOf(section);
    if (rivals.includes(name) && rivals.some((rival) => rival !== name && Object.hasOwn(held, rival)))
      return true;
    return Object.hasOwn(held, name) && !alike(held[name], inner);
  }
  return Object.hasOwn(held, name) && contradicts(held[name], `${section}.${name}`, rest, inner, rules);
}

/**
 * Assignments with each whole section before the settings in it, so that both count in whichever order they were written.
 *
 * @throws InvalidInput for a section that says something else than a setting before it.
 */
function sectionsFirst(parsed: readonly Assignment[], rules: Rules): Assignment[] {
  const ordered: Assignment[] = [];
  const faults: Fault[] = [];
  const written = ([path, value]: Assignment) => `${path}=${JSON.stringify(value)}`;
  for (const next of parsed) {
    const [path, value] = next;
    const isInside = ([other]: Assignment) => other.startsWith(`${path}.`);
    const against = ordered.find(
      (other) =>
        isInside(other) &&
        contradicts(value, path, other[0].slice(path.length + 1).split('.'), other[1], rules),
    );
    if (against !== undefined) {
      const remedy = `Leave out one of them, or write ${path} first: then ${against[0]} counts.`;
      faults.push(
        faultOf('--set', 'without contradiction', `${written(against)}, then ${written(next)}`, remedy),
      );
    }
    const at = ordered.findIndex(isInside);
    ordered.splice(at < 0 ? ordered.length : at, 0, next);
  }
  throwFaults(faults);
  return ordered;
}

/** Puts a value into a section; `null` takes a setting out, so that it has its default again. */
function assign(section: Mutable, path: readonly string[], value: unknown, { rivalsOf }: Rules): void {
  const name = path.at(-1)!;
  const rivals = rivalsOf(path.slice(0, -1).join('.'));
  if (rivals.includes(name)) rivals.forEach((rival) => delete section[rival]);
  if (value === null) delete section[name];
  else section[name] = value;
}

/**
 * Applies `--set path=value` to settings that are not yet checked. `path=null` returns a setting to its default, which is also
 * null where null is a value. A setting that excludes another takes its place. A whole section joins settings of it that stand before it.
 *
 * @param input - What the file of settings holds; it is not changed.
 * @param assignments - E.g. `['train.steps=20', 'image.mean=[0.5,0.5,0.5]']`; later ones win.
 * @returns A changed copy.
 * @throws InvalidInput for an assignment without `=`, an empty or unsafe path, or a section that contradicts a setting before it.
 *
 * @example
 * ```ts
 * const rules = { exclusive: { train: ['steps', 'epochs'] } };
 * applyOverrides({ train: { epochs: 3 } }, ['train.steps=20'], rules); // { train: { steps: 20 } }
 * ```
 */
export function applyOverrides(
  input: unknown,
  assignments: readonly string[],
  { exclusive = {}, sectionOf = () => undefined }: OverrideRules = {},
): unknown {
  requireList('assignments', assignments, "Write e.g. ['train.steps=20'].");
  if (assignments.length === 0) return input;
  const rules: Rules = {
    rivalsOf: (section) => exclusive[section] ?? [],
    sectionOf(value) {
      if (isRecord(value)) return value;
      const section = sectionOf(value);
      return section && { ...section };
    },
  };
  const config: Mutable = isRecord(input) ? structuredClone(input) : {};
  for (const [path, value] of sectionsFirst(parseAssignments(assignments), rules)) {
    const names = path.split('.');
    let place = config;
    for (const name of names.slice(0, -1)) {
      const held = Object.hasOwn(place, name) ? place[name] : undefined;
      const inner = rules.sectionOf(held) ?? {};
      place[name] = inner;
      place = inner;
    }
    assign(place, names, value, rules);
  }
  return config;
}
