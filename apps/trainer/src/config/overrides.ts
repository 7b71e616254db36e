import { isDeepStrictEqual } from 'node:util';
import { type Address, type DatasetSpec, specOfAddress } from '@m3ae/datasets';
import { type Fault, faultOf, isRecord, requireList, throwFaults } from '@m3ae/errors';

type Mutable = Record<string, unknown>;
type Assignment = readonly [path: string, value: unknown];

/** Settings of which one takes the place of the others, by the section that holds them. */
const exclusive: Readonly<Record<string, readonly string[]>> = {
  train: ['steps', 'epochs'],
  'optimizer.warmup': ['steps', 'epochs', 'share'],
};

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

/** A value as a section with settings, which an address also is; nothing where it is neither. */
function sectionOf(value: unknown): Mutable | undefined {
  if (isRecord(value)) return value;
  const spec = typeof value === 'string' ? specOfAddress(value) : undefined;
  return spec && { ...spec };
}

const rivalsOf = (section: string): readonly string[] => exclusive[section] ?? [];

/** Whether a value says something about a setting in it which is not what else is said of that. */
function contradicts(value: unknown, section: string, path: readonly string[], inner: unknown): boolean {
  const held = sectionOf(value);
  if (held === undefined) return true;
  const [name, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    const rivals = rivalsOf(section);
    if (rivals.includes(name) && rivals.some((rival) => rival !== name && Object.hasOwn(held, rival)))
      return true;
    return Object.hasOwn(held, name) && !isDeepStrictEqual(held[name], inner);
  }
  return Object.hasOwn(held, name) && contradicts(held[name], `${section}.${name}`, rest, inner);
}

/**
 * Assignments with each whole section before the settings in it, so that both count in whichever order they were written.
 *
 * @throws InvalidInput for a section that says something else than a setting before it.
 */
function sectionsFirst(parsed: readonly Assignment[]): Assignment[] {
  const ordered: Assignment[] = [];
  const faults: Fault[] = [];
  const written = ([path, value]: Assignment) => `${path}=${JSON.stringify(value)}`;
  for (const next of parsed) {
    const [path, value] = next;
    const isInside = ([other]: Assignment) => other.startsWith(`${path}.`);
    const against = ordered.find(
      (other) =>
        isInside(other) && contradicts(value, path, other[0].slice(path.length + 1).split('.'), other[1]),
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
function assign(section: Mutable, path: readonly string[], value: unknown): void {
  const name = path.at(-1)!;
  const rivals = rivalsOf(path.slice(0, -1).join('.'));
  if (rivals.includes(name)) rivals.forEach((rival) => delete section[rival]);
  if (value === null) delete section[name];
  else section[name] = value;
}

/**
 * Applies `--set path=value` to a config that is not yet checked. `path=null` returns a setting to its default, which is also
 * null where null is a value. A setting that excludes another, as train.steps does train.epochs, takes its place; one of a source
 * that is given by its address joins what the address says. A whole section joins settings of it that stand before it.
 *
 * @param input - What the config file holds; it is not changed.
 * @param assignments - E.g. `['train.steps=20', 'image.mean=[0.5,0.5,0.5]']`; later ones win.
 * @returns A changed copy.
 * @throws InvalidInput for an assignment without `=`, an empty or unsafe path, or a section that contradicts a setting before it.
 */
export function applyOverrides(input: unknown, assignments: readonly string[]): unknown {
  requireList('assignments', assignments, "Write e.g. ['train.steps=20'].");
  if (assignments.length === 0) return input;
  const config: Mutable = isRecord(input) ? structuredClone(input) : {};
  for (const [path, value] of sectionsFirst(parseAssignments(assignments))) {
    const names = path.split('.');
    let place = config;
    for (const name of names.slice(0, -1)) {
      const held = Object.hasOwn(place, name) ? place[name] : undefined;
      const inner = sectionOf(held) ?? {};
      place[name] = inner;
      place = inner;
    }
    assign(place, names, value);
  }
  return config;
}

const ofSource = 'data.source.';

/**
 * Sources that a command names by their addresses, each with what `--set data.source.NAME=VALUE` says; what is no address stays as it is.
 *
 * @throws InvalidInput as {@link applyOverrides} does, and for a setting of anything else.
 */
export function withSettings(
  addresses: readonly string[],
  assignments: readonly string[],
): (Address | DatasetSpec)[] {
  throwFaults(
    parseAssignments(assignments).map(
      ([path]) =>
        !path.startsWith(ofSource) &&
        faultOf(
          '--set',
          `a setting of the source, ${ofSource}…`,
          path,
          `Write e.g. ${ofSource}captions=none.`,
        ),
    ),
  );
  return addresses.map((address) => {
    if (assignments.length === 0 || !specOfAddress(address)) return address as Address; // any other text is refused by its own words
    const { data } = applyOverrides({ data: { source: address } }, assignments) as {
      data: { source: DatasetSpec };
    }; // what it holds is checked where it is opened
    return data.source;
  });
}

/** The settings of a source that {@link withSettings} takes, by their names. */
export function settingsOf(assignments: readonly string[]): object {
  const { data } = applyOverrides({}, assignments) as { data?: { source?: object } }; // nothing else was taken
  return data?.source ?? {};
}
