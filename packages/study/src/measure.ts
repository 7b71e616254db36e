import { replaced } from './names.js';
import type { StudyPlan } from './plan.js';
import type { JobRecord } from './records.js';

/** Figures of one variant with one seed, by evaluation; those of the run by what the experiment calls it. */
export type FiguresOf = (variant: string, seed: number) => Readonly<Record<string, unknown>>;

/** Gathers the figures that are there. */
export function figuresOf({ runs, experiment }: StudyPlan, done: ReadonlyMap<string, JobRecord>): FiguresOf {
  return (variant, seed) => {
    const run = runs.find((one) => one.variant === variant && one.seed === seed);
    if (run === undefined) return {};
    const jobs = Object.entries({ [experiment.name]: run.job, ...run.evaluations });
    return Object.fromEntries(
      jobs.flatMap(([name, { hash }]) => {
        const record = done.get(hash);
        return record === undefined ? [] : [[name, record.figures]];
      }),
    );
  };
}

/** What lies at a dotted path, or undefined. */
export function valueAt(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((place, name) => {
    if (typeof place !== 'object' || place === null || !Object.hasOwn(place, name)) return undefined;
    return (place as Record<string, unknown>)[name];
  }, tree);
}

/** Fills `{probe.results.best}` in a path with the word that lies there. */
function fillPath(figures: unknown, path: string): string | undefined {
  let known = true;
  const filled = path.replace(/\{([^{}]+)\}/g, (_, inner: string) => {
    const word = valueAt(figures, inner);
    if (typeof word !== 'string') known = false;
    return String(word);
  });
  return known ? filled : undefined;
}

/** A measured value, and how many examples stand behind it where the figures tell. */
export interface Measured {
  readonly value: number;
  /** Test examples behind a share. */
  readonly examples: number | null;
}

/**
 * The mean of the numbers at some paths.
 *
 * @param replace - A part of the path and what stands there instead, for baselines.
 * @returns undefined where a number is missing or not finite.
 */
export function measure(
  figures: unknown,
  paths: readonly string[],
  replace?: readonly [string, string],
): Measured | undefined {
  const found = paths.map((path) => {
    const filled = fillPath(figures, replaced(path, replace));
    const value = filled === undefined ? undefined : valueAt(figures, filled);
    const count = filled?.endsWith('.value')
      ? valueAt(figures, filled.replace(/value$/, 'count'))
      : undefined;
    return { value, count };
  });
  if (found.some(({ value }) => typeof value !== 'number' || !Number.isFinite(value))) return undefined;
  const value = found.reduce((total, one) => total + (one.value as number), 0) / found.length;
  const only = found.length === 1 ? found[0]!.count : undefined;
  return { value, examples: typeof only === 'number' ? only : null };
}
