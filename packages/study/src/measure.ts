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

const isNested = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** What lies at a dotted path, or undefined. */
export function valueAt(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((place, name) => {
    return isNested(place) && Object.hasOwn(place, name) ? place[name] : undefined;
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
 * @returns undefined where a number is missing or not finite.
 */
export function measure(figures: unknown, paths: readonly string[]): Measured | undefined {
  const filled = paths.map((path) => fillPath(figures, path));
  const found = filled.map((path) => (path === undefined ? undefined : valueAt(figures, path)));
  const values = found.filter((value) => Number.isFinite(value)).map(Number);
  if (values.length < paths.length) return undefined;
  const value = values.reduce((total, one) => total + one, 0) / values.length;
  const only =
    filled.length === 1 && filled[0]!.endsWith('.value') ? filled[0]!.replace(/value$/, 'count') : '';
  const examples = valueAt(figures, only);
  return { value, examples: typeof examples === 'number' ? examples : null };
}
