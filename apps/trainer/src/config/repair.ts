import { nearestName } from '@m3ae/errors';
import { z } from 'zod';
import type { TrainerConfig } from './schema.js';

type Mutable = Record<PropertyKey, unknown>;
type Path = readonly PropertyKey[];

/** A config in which faulty settings were replaced, so that the others can be checked together. */
export interface Repaired {
  readonly config: TrainerConfig;
  /** Paths of what was replaced, and of what a misspelt name may have meant. */
  readonly doubtful: readonly string[];
}

/** What stands for a required setting that is missing or faulty. */
const placeholders: Readonly<Record<string, unknown>> = {
  data: { source: { kind: 'folder', path: 'missing' } },
  'data.source': { kind: 'folder', path: 'missing' },
};

const isRecord = (value: unknown): value is Mutable => typeof value === 'object' && value !== null;

/** Replaces what lies at a path: by its default where that is enough, else by a placeholder; a list as a whole. */
function replace(root: Mutable, path: Path): void {
  let place = root;
  for (const [depth, name] of path.entries()) {
    const value = place[name];
    if (depth < path.length - 1 && isRecord(value) && !Array.isArray(value)) place = value;
    else if (value !== undefined) return void delete place[name];
    else return void (place[name] = placeholders[path.join('.')] ?? 'missing');
  }
}

/**
 * Takes what one issue is about out of a config; tells which settings can no longer be believed.
 *
 * @param doubtful - What was taken out before: a setting that neither its default nor a placeholder mends goes with its section.
 */
function mend(
  root: Mutable,
  issue: z.core.$ZodIssue,
  sections: readonly string[],
  doubtful: readonly string[],
): string[] {
  if (issue.code !== 'unrecognized_keys') {
    const path = issue.path.join('.');
    const isStubborn = doubtful.filter((mended) => mended === path).length > 1;
    const place = isStubborn ? issue.path.slice(0, -1) : issue.path;
    if (place.length > 0) replace(root, place);
    return [path];
  }
  const { path, keys } = issue;
  keys.forEach((key) => replace(root, [...path, key]));
  if (path.length > 0) return [path.join('.')];
  return keys.map((key) => nearestName(key, sections)).filter((name) => name !== undefined);
}

/**
 * Replaces faulty settings until the rest fits the schema.
 *
 * @param schema - Of a config.
 * @param input - What does not fit it.
 * @returns undefined where too little is left.
 */
export function repair(
  schema: z.ZodObject<z.ZodRawShape, z.core.$strict>,
  input: unknown,
): Repaired | undefined {
  if (!isRecord(input)) return undefined;
  const root = structuredClone(input);
  const doubtful: string[] = [];
  // A source without its kind lacks its path next, so that one round is not always enough.
  for (let round = 0; round < 6; round++) {
    const result = schema.safeParse(root);
    if (result.success) return { config: result.data as TrainerConfig, doubtful };
    const sections = Object.keys(schema.shape);
    for (const issue of result.error.issues) doubtful.push(...mend(root, issue, sections, doubtful));
  }
  return undefined;
}

/**
 * A view of a config that notes what is read.
 *
 * @param seen - Gets the path of every value that is no record.
 */
export function watched<Value>(value: Value, seen: Set<string>, path = ''): Value {
  if (!isRecord(value)) return value;
  return new Proxy(value, {
    get(target, name) {
      const inner = target[name];
      const at = path === '' ? String(name) : `${path}.${String(name)}`;
      if (typeof inner === 'function') return inner;
      if (!isRecord(inner)) seen.add(at);
      return watched(inner, seen, at);
    },
  });
}

/** Whether one of two dotted paths lies in the other. */
export const overlap = (a: string, b: string): boolean =>
  a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
