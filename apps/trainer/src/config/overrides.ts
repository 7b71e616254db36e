import { type Address, type DatasetSpec, specOfAddress } from '@m3ae/datasets';
import { type Fault, faultOf, isRecord, requireList, throwFaults } from '@m3ae/errors';

type Mutable = Record<string, unknown>;

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
export function parseAssignments(assignments: readonly string[]): [path: string, value: unknown][] {
  const faults: Fault[] = [];
  const parsed = assignments.map((assignment): [string, unknown] => {
    const at = assignment.indexOf('=');
    const path = assignment.slice(0, Math.max(0, at)).trim();
    if (path.split('.').some((name) => name === '' || name === '__proto__'))
      faults.push(faultOf('--set', 'PATH=VALUE', assignment, 'Write e.g. --set train.steps=20.'));
    return [path, parseValue(assignment.slice(at + 1))];
  });
  throwFaults(faults);
  return parsed;
}

/** Puts a value into a section; `null` takes a setting out, so that it has its default again. */
function assign(section: Mutable, path: readonly string[], value: unknown): void {
  const name = path.at(-1)!;
  const rivals = exclusive[path.slice(0, -1).join('.')] ?? [];
  if (rivals.includes(name)) rivals.forEach((rival) => delete section[rival]);
  if (value === null) delete section[name];
  else section[name] = value;
}

/**
 * Applies `--set path=value` to a config that is not yet checked. `path=null` returns a setting to its default, which is also
 * null where null is a value. A setting that excludes another, as train.steps does train.epochs, takes its place; one of a source
 * that is given by its address joins what the address says.
 *
 * @param input - What the config file holds; it is not changed.
 * @param assignments - E.g. `['train.steps=20', 'image.mean=[0.5,0.5,0.5]']`; later ones win.
 * @returns A changed copy.
 * @throws InvalidInput for an assignment without `=`, an empty or unsafe path, or a path through a plain value.
 */
export function applyOverrides(input: unknown, assignments: readonly string[]): unknown {
  requireList('assignments', assignments, "Write e.g. ['train.steps=20'].");
  if (assignments.length === 0) return input;
  const config: Mutable = isRecord(input) ? structuredClone(input) : {};
  for (const [path, value] of parseAssignments(assignments)) {
    const names = path.split('.');
    let place = config;
    for (const name of names.slice(0, -1)) {
      const held = Object.hasOwn(place, name) ? place[name] : undefined;
      const inner: Mutable = isRecord(held) ? held : { ...(typeof held === 'string' && specOfAddress(held)) };
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
