import { type Fault, faultOf, type MaybeFault, throwFaults } from '@m3ae/errors';
import type { M3aeParams } from '@m3ae/transformer';
import type { Matrix } from './matrix.js';

/** What is wrong with parameters that are to look at texts (`encoder`), or to predict them too (`decoder`). */
export function textParameterFaults(
  params: Partial<M3aeParams<unknown>>,
  need: 'encoder' | 'decoder',
): Fault[] {
  const names =
    need === 'encoder'
      ? (['textEmbedding'] as const)
      : (['textEmbedding', 'textMaskToken', 'textHead'] as const);
  const missing = names.filter((name) => params[name] === undefined);
  if (missing.length === 0) return [];
  const received = `parameters without ${missing.join(', ')}`;
  return [
    faultOf('params', 'those of a model with text', received, 'Use a model that was trained with captions.'),
  ];
}

/** How many classes there are, or what they are called in the order of their labels. */
export type Classes = number | readonly string[];

/** Number of classes. */
export const classCount = (classes: Classes): number =>
  typeof classes === 'number' ? classes : classes.length;

/** Name of a class; its number where there are no names. */
export const className = (classes: Classes, label: number): string =>
  typeof classes === 'number' ? String(label) : (classes[label] ?? String(label));

/** Features with their classes. */
export interface LabeledFeatures {
  /** [examples, columns] */
  readonly features: Matrix;
  /** [examples] */
  readonly labels: Int32Array;
}

/** What labels must obey. */
export interface LabelRules {
  /** Examples to label. Default: as many as there are labels. */
  readonly rows?: number;
  readonly classes: Classes;
  /** Examples that a class must have if it has any; 2 where a spread within classes is estimated. Default 1. */
  readonly atLeast?: number;
}

/** "row 3", or "row 3 and 2 more". */
function places(rows: readonly number[]): string {
  return `row ${rows[0]}${rows.length > 1 ? ` and ${rows.length - 1} more` : ''}`;
}

/** The faults of a matrix of features. */
export function featureFaults(field: string, { rows, columns, data }: Matrix): Fault[] {
  if (rows < 1 || columns < 1) {
    const remedy = 'Check the filter or the split that chose the examples.';
    return [faultOf(field, 'a matrix of at least one row and one column', `[${rows}, ${columns}]`, remedy)];
  }
  const size = rows * columns;
  if (data.length !== size) {
    return [
      faultOf(field, `of rows x columns = ${size} numbers`, data.length, 'Write the matrix row by row.'),
    ];
  }
  const bad = new Set<number>();
  for (let at = 0; at < data.length; at++) if (!Number.isFinite(data[at]!)) bad.add(Math.floor(at / columns));
  if (bad.size === 0) return [];
  const value = data[data.findIndex((number) => !Number.isFinite(number))]!;
  const remedy = 'Look for a diverged model or an unreadable picture.';
  return [faultOf(field, 'finite numbers', `${value} in ${places([...bad])}`, remedy)];
}

/** A fault unless a matrix has the columns of another. */
export function columnsFault(
  field: string,
  matrix: Matrix,
  other: string,
  { columns }: Pick<Matrix, 'columns'>,
  remedy = 'Encode both with one model.',
): MaybeFault {
  return (
    matrix.columns !== columns && faultOf(field, `of ${columns} columns, as ${other}`, matrix.columns, remedy)
  );
}

/** Numbers of the examples of each class that has fewer than asked, but has some. */
function scarceClasses(labels: ArrayLike<number>, classes: Classes, atLeast: number): [number, number][] {
  const counts = new Int32Array(classCount(classes));
  for (let row = 0; row < labels.length; row++) counts[labels[row]!]!++;
  return [...counts.entries()].filter(([, count]) => count > 0 && count < atLeast);
}

/** The faults of labels. */
export function labelFaults(
  field: string,
  labels: ArrayLike<number> | undefined,
  { rows, classes, atLeast = 1 }: LabelRules,
): Fault[] {
  if (labels === undefined || (labels.length === 0 && (rows ?? 0) > 0)) {
    const remedy = 'Name the class of each example, or use a data set that has classes.';
    return [faultOf(field, 'given', 'none', remedy)];
  }
  if (rows !== undefined && labels.length !== rows) {
    const remedy = 'Label the examples that were encoded.';
    return [faultOf(field, `one for each of ${rows} rows`, labels.length, remedy)];
  }
  const count = classCount(classes);
  const bad: number[] = [];
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (!Number.isInteger(label) || label < 0 || label >= count) bad.push(row);
  }
  if (bad.length > 0) {
    const rule = `whole numbers from 0 to ${count - 1}`;
    const remedy = 'Leave examples without a class out, and count classes from 0.';
    return [faultOf(field, rule, `${labels[bad[0]!]} in ${places(bad)}`, remedy)];
  }
  const scarce = scarceClasses(labels, classes, atLeast);
  if (scarce.length === 0) return [];
  const [label, examples] = scarce[0]!;
  const more = scarce.length > 1 ? ` and too few of ${scarce.length - 1} more` : '';
  const received = `${examples} of class ${className(classes, label)}${more}`;
  const remedy = 'Leave such classes out, or gather more examples.';
  return [faultOf(field, `at least ${atLeast} examples of each class`, received, remedy)];
}

/**
 * Refuses features that nothing can be learned from or measured on.
 *
 * @param field - What the message calls them, e.g. `train.features`.
 * @throws InvalidInput if the matrix is empty, has not rows x columns numbers, or holds NaN or Infinity.
 */
export function checkFeatures(field: string, features: Matrix): void {
  throwFaults(featureFaults(field, features));
}

/**
 * Refuses labels that name no class.
 *
 * @param field - What the message calls them, e.g. `train.labels`.
 * @throws InvalidInput if labels are missing, are not one for each row, lie outside of the classes, or if a class that
 * occurs has fewer than `atLeast` examples.
 */
export function checkLabels(field: string, labels: ArrayLike<number> | undefined, rules: LabelRules): void {
  throwFaults(labelFaults(field, labels, rules));
}

/**
 * Refuses sets of labeled features, naming every fault of all of them at once.
 *
 * @param sets - By the name that a message calls them, e.g. `train`. The first says how many columns all must have.
 * @throws InvalidInput as {@link checkFeatures} and {@link checkLabels} do, or if a set has other columns than the first.
 */
export function checkLabeled(
  sets: Readonly<Record<string, LabeledFeatures>>,
  rules: Omit<LabelRules, 'rows'>,
): void {
  const entries = Object.entries(sets);
  const [name, { features }] = entries[0]!;
  throwFaults(
    entries.flatMap(([field, set]) => [
      ...featureFaults(`${field}.features`, set.features),
      ...labelFaults(`${field}.labels`, set.labels, { rows: set.features.rows, ...rules }),
      set.features.rows > 0 &&
        columnsFault(
          `${field}.features`,
          set.features,
          `${name}.features`,
          features,
          'Encode all sets with one model.',
        ),
    ]),
  );
}
