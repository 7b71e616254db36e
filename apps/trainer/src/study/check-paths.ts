import { nearestName } from '@m3ae/errors';
import { InputError } from '../config/config-error.js';
import type { TrainerConfig } from '../config/schema.js';
import { testNames } from '../run/pictures.js';
import { trainingFigures } from './cross-checks.js';
import type { Study } from './load.js';
import { figuresOf } from './measure.js';
import type { StudyPlan } from './plan.js';
import type { PartRecord } from './records.js';
import { replaced } from './replaced.js';
import { evaluationShape, type Shape, trainingShape } from './result-shapes.js';

/** Paths that are offered where none is near. */
const offered = 5;

/** Steps of a path; a name in braces, looked up when all is measured, is one step. */
const stepsOf = (path: string) => path.match(/\{[^{}]*\}|[^.]+/g) ?? [];
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

/** Where the paths of one variant lead. */
interface Place {
  /** By evaluation; undefined where neither its command nor a record tells. */
  readonly shapeOf: (evaluation: string) => Shape | undefined;
  /** What was measured already, over all variants. */
  readonly measured: (evaluation: string) => readonly unknown[];
}

function hint(path: string, wanted: 'number' | 'word', shape: Shape): string {
  const [evaluation, ...steps] = stepsOf(path);
  const paths = pathsOf(shape, wanted, steps).map((one) => [evaluation!, ...one].join('.'));
  const near = paths.find((one) => one.startsWith(`${path}.`)) ?? nearestName(path, paths);
  return near === undefined
    ? `Known, among others: ${paths.slice(0, offered).join(', ')}.`
    : `Did you mean ${near}?`;
}

/** What is wrong with a path; undefined where nothing is, or nothing can be told yet. */
function pathFault(path: string, wanted: 'number' | 'word', place: Place): string | undefined {
  const [evaluation, ...steps] = stepsOf(path);
  const inner = steps.filter(isLookedUp).map((step) => step.slice(1, -1));
  const wrong = inner.map((one) => pathFault(one, 'word', place)).find((fault) => fault !== undefined);
  if (wrong !== undefined) return wrong;
  const fits = (shape: Shape | undefined) => (shape === undefined ? 'open' : fitOf(shape, steps, wanted));
  const declared = fits(place.shapeOf(evaluation!));
  if (declared === 'known') return undefined;
  const found = place.measured(evaluation!).map(shapeOfFigures);
  if (found.some((shape) => fits(shape) !== 'none')) return undefined;
  if (declared === 'open' && found.length === 0) return undefined;
  const shape = declared === 'none' ? place.shapeOf(evaluation!)! : found[0]!;
  return `must lead to a ${wanted} of the evaluation ${evaluation}; received "${path}". ${hint(path, wanted, shape)}`;
}

function placesOf(
  study: Study,
  plan: StudyPlan,
  done: ReadonlyMap<string, PartRecord>,
): (variant: string) => Place {
  const figures = figuresOf(plan, done);
  const measured = (evaluation: string) =>
    plan.runs.flatMap(({ variant, seed }) => figures(variant, seed)[evaluation] ?? []);
  return (variant) => {
    const run = plan.runs.find((one) => one.variant === variant);
    const training = plan.parts.find(({ hash }) => hash === run?.training);
    const config = training?.kind === 'pretrain' ? (training.input as unknown as TrainerConfig) : undefined;
    const tests = config === undefined ? [] : testNames(config.data.source);
    return {
      measured,
      shapeOf(evaluation) {
        if (evaluation === trainingFigures) return trainingShape;
        const { command = evaluation, options } = study.evaluations[evaluation]!;
        const features = typeof options.features === 'string' ? options.features : undefined;
        return evaluationShape(options.reference === true ? `${command} --reference` : command, {
          tests,
          features,
        });
      },
    };
  };
}

/**
 * Refuses metrics whose paths lead nowhere: as the results of a command are declared, or as they were measured.
 *
 * @throws InputError with the nearest path to each.
 */
export function refuseUnknownPaths(
  study: Study,
  plan: StudyPlan,
  done: ReadonlyMap<string, PartRecord>,
): void {
  const placeOf = placesOf(study, plan, done);
  const faults = study.tables.flatMap(({ id, rows, metrics }) =>
    metrics.flatMap(({ title, path: paths }) =>
      rows.flatMap(({ variant, replace }) =>
        paths
          .filter((path) => replace === undefined || path.includes(replace[0]))
          .flatMap((path) => pathFault(replaced(path, replace), 'number', placeOf(variant)) ?? [])
          .map((fault) => `Table ${id}, metric "${title}": path ${fault}`),
      ),
    ),
  );
  const distinct = [...new Set(faults)];
  if (distinct.length > 0) throw new InputError(distinct);
}
