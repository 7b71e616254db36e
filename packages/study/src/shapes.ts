import { type Fault, faultOf, InvalidInput, nearestName } from '@m3ae/errors';
import { type FiguresOf, figuresOf } from './measure.js';
import type { StudyPlan } from './plan.js';
import type { Records } from './records.js';
import { askedPaths, stepsOf } from './schema.js';

/** What a path may lead to: a number, a word, fields, or something that is not looked into. */
export type Shape =
  | 'number'
  | 'word'
  | 'any'
  /** Names that are known only once something was measured, or that are among `names`. */
  | { readonly each: Shape; readonly names: readonly string[] | undefined }
  | { readonly fields: Readonly<Record<string, Shape>> };

/** The shape of a type, so that the compiler compares a declared shape with the figures it describes. */
export type ShapeOf<T> = T extends number
  ? 'number'
  : T extends string
    ? 'word'
    : T extends readonly unknown[]
      ? 'any'
      : string extends keyof T
        ? { readonly each: ShapeOf<T[keyof T]>; readonly names: readonly string[] | undefined }
        : { readonly fields: { readonly [K in keyof T]-?: ShapeOf<NonNullable<T[K]>> } };

/** Names that are known only once something was measured, or that are among `names`. */
export const each = <Inner extends Shape>(shape: Inner, names?: readonly string[]) => ({
  each: shape,
  names,
});
/** A record of these fields. */
export const fields = <Fields extends Readonly<Record<string, Shape>>>(shape: Fields) => ({ fields: shape });

/** Paths that are offered where none is near. */
const offered = 5;

const isLookedUp = (step: string) => step.startsWith('{');

/** How a path fits a shape: surely, as far as names are known before anything is measured, or not. */
type Fit = 'known' | 'open' | 'none';

function fitOf(shape: Shape, [step, ...rest]: readonly string[], wanted: 'number' | 'word'): Fit {
  if (shape === 'any') return 'open';
  if (typeof shape === 'string') return step === undefined && shape === wanted ? 'known' : 'none';
  if (step === undefined) return 'none';
  if ('fields' in shape) {
    const inner = isLookedUp(step) ? Object.values(shape.fields)[0] : ownField(shape.fields, step);
    return inner === undefined ? 'none' : fitOf(inner, rest, wanted);
  }
  if (shape.names !== undefined && !isLookedUp(step) && !shape.names.includes(step)) return 'none';
  const inner = fitOf(shape.each, rest, wanted);
  return inner === 'known' && shape.names === undefined ? 'open' : inner;
}

const ownField = (fields: Readonly<Record<string, Shape>>, name: string) =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

/** Every path to a number or a word; where names are not known, with those that the given path has there. */
function pathsOf(shape: Shape, wanted: 'number' | 'word', [step, ...rest]: readonly string[]): string[][] {
  if (typeof shape === 'string') return shape === wanted ? [[]] : [];
  const names = 'fields' in shape ? Object.keys(shape.fields) : (shape.names ?? [step ?? 'NAME']);
  const innerOf = (name: string) => ('fields' in shape ? ownField(shape.fields, name) : shape.each);
  const looked = step !== undefined && isLookedUp(step);
  return (looked ? names.slice(0, 1) : names).flatMap((name) =>
    pathsOf(innerOf(name)!, wanted, rest).map((path) => [looked ? step : name, ...path]),
  );
}

/** The shape of what was measured already. */
function shapeOfFigures(value: unknown): Shape {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'string') return 'word';
  if (typeof value !== 'object' || value === null) return 'any';
  return {
    fields: Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOfFigures(inner)])),
  };
}

/** What to write instead of a path. */
function hint(path: string, wanted: 'number' | 'word', shape: Shape): string {
  const [evaluation, ...steps] = stepsOf(path);
  const paths = pathsOf(shape, wanted, steps).map((one) => [evaluation!, ...one].join('.'));
  const near = paths.find((one) => one.startsWith(`${path}.`)) ?? nearestName(path, paths);
  return near === undefined
    ? `Known, among others: ${paths.slice(0, offered).join(', ')}.`
    : `Did you mean ${near}?`;
}

/** Where the paths of one variant lead. */
interface PathPlace {
  /** By evaluation; undefined where nobody knows before it is measured. */
  readonly shapeOf: (evaluation: string) => Shape | undefined;
  /** What was measured already, over all variants. */
  readonly measured: (evaluation: string) => readonly unknown[];
}

/** What is wrong with a path; undefined where nothing is, or nothing can be told yet. */
function pathFault(
  path: string,
  wanted: 'number' | 'word',
  { shapeOf, measured }: PathPlace,
): Pick<Fault, 'rule' | 'remedy'> | undefined {
  const [evaluation, ...steps] = stepsOf(path);
  for (const inner of steps.filter(isLookedUp)) {
    const wrong = pathFault(inner.slice(1, -1), 'word', { shapeOf, measured });
    if (wrong !== undefined) return wrong;
  }
  const declared = shapeOf(evaluation!);
  const fit = declared === undefined ? 'open' : fitOf(declared, steps, wanted);
  if (fit === 'known') return undefined;
  const found = measured(evaluation!).map(shapeOfFigures);
  if (found.some((shape) => fitOf(shape, steps, wanted) !== 'none')) return undefined;
  if (fit === 'open' && found.length === 0) return undefined;
  const shape = fit === 'none' ? declared! : found[0]!;
  return { rule: `a way to a ${wanted} of ${evaluation}`, remedy: hint(path, wanted, shape) };
}

function placesOf({ runs, experiment }: StudyPlan, figures: FiguresOf): (variant: string) => PathPlace {
  const measured = (evaluation: string) =>
    runs.flatMap(({ variant, seed }) => figures(variant, seed)[evaluation] ?? []);
  return (variant) => ({
    measured,
    shapeOf(evaluation) {
      const [job] = runs.flatMap((run) => {
        if (run.variant !== variant) return [];
        return evaluation === experiment.name ? run.job : (run.evaluations[evaluation] ?? []);
      });
      return job && experiment.shapeOf(job);
    },
  });
}

/**
 * Refuses metrics whose paths lead nowhere: as the experiment declares its figures, or as they were measured.
 *
 * @throws InvalidInput with the nearest path to each.
 */
export function refuseUnknownPaths(plan: StudyPlan, records: Records): void {
  const placeOf = placesOf(plan, figuresOf(plan, records.done));
  const faults = new Map<string, Fault>();
  for (const { id, rows, metrics } of plan.study.tables) {
    for (const metric of metrics) {
      const place = `tables: ${id}: metric "${metric.title}": path`;
      for (const row of rows) {
        for (const path of askedPaths(metric, row)) {
          const broken = pathFault(path, 'number', placeOf(row.variant));
          if (broken) faults.set(`${place} ${path}`, faultOf(place, broken.rule, path, broken.remedy));
        }
      }
    }
  }
  if (faults.size > 0) throw new InvalidInput([...faults.values()]);
}
