import { suggest } from '../config/nearest-name.js';
import { isGrid, metricName } from './metric-title.js';
import { replaced } from './replaced.js';
import type { StudyConfig } from './schema.js';
import type { StudyComparison, StudyTable } from './schema-tables.js';

/** Names that a metric's path may begin with besides those of evaluations. */
export const trainingFigures = 'pretrain';

/** Faults of a table whose metrics are in groups. */
function groupFaults(at: string, { metrics, paper }: StudyTable): string[] {
  const grid = isGrid(metrics);
  const lone = metrics.find(({ group }) => group === undefined);
  const titles = metrics.map(({ title }) => title);
  const places = metrics.map(({ group, title }) => JSON.stringify([group, title]));
  const faults = [];
  if (!grid && lone !== undefined && metrics.some(({ group }) => group !== undefined)) {
    faults.push(
      `${at}.metrics must all have a group, or none; received "${lone.title}" without one. Give it a group.`,
    );
  }
  for (const place of grid ? repeated(places) : []) {
    const [group, title] = JSON.parse(place) as [string, string];
    faults.push(
      `${at}.metrics of one group must differ in title; received "${title}" twice in "${group}". Rename one.`,
    );
  }
  paper.forEach(({ column }, place) => {
    const path = `${at}.paper.${place}.column`;
    if (grid && column === undefined)
      faults.push(`${path} must name a metric's title, as the metrics have groups; received none. Add it.`);
    else if (grid) faults.push(...unknown(path, "a metric's title", column!, titles));
    else if (column !== undefined)
      faults.push(`${path} must be left out where metrics have no group; received "${column}". Delete it.`);
  });
  return faults;
}

function unknown(path: string, what: string, name: string, known: readonly string[]): string[] {
  return known.includes(name) ? [] : [`${path} must be ${what}; received "${name}". ${suggest(name, known)}`];
}

function comparisonFaults(at: string, one: StudyComparison, table: StudyTable, variants: string[]): string[] {
  const { better, worse, rising, metric } = one;
  const metrics = table.metrics.map(metricName);
  const faults = unknown(`${at}.metric`, 'a metric of the table', metric, metrics);
  if (rising === undefined ? better === undefined || worse === undefined : better || worse) {
    faults.push(
      `${at} must hold better and worse, or rising; received ${Object.keys(one).join(', ')}. Write e.g. { better: "m3ae", worse: "mae", metric }.`,
    );
  }
  if (rising !== undefined && rising.length < 2) {
    faults.push(
      `${at}.rising must be at least two variants; received ${rising.length}. List them in rising order.`,
    );
  }
  for (const [name, side] of Object.entries({ better, worse })) {
    if (side === undefined) continue;
    faults.push(...unknown(`${at}.${name}`, 'one of variants', side.variant, variants));
    if (side.metric !== undefined)
      faults.push(...unknown(`${at}.${name}.metric`, 'a metric of the table', side.metric, metrics));
  }
  rising?.forEach((name, place) =>
    faults.push(...unknown(`${at}.rising.${place}`, 'one of variants', name, variants)),
  );
  return faults;
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, place) => names.indexOf(name) !== place))];
}

function tableFaults(table: StudyTable, at: string, study: StudyConfig): string[] {
  const variants = Object.keys(study.variants);
  const evaluations = Object.keys(study.evaluations);
  const faults = table.rows.flatMap(({ variant }, place) =>
    unknown(`${at}.rows.${place}`, 'one of variants', variant, variants),
  );
  const known = [trainingFigures, ...evaluations];
  table.metrics.forEach(({ path }, place) =>
    path.forEach((one) =>
      faults.push(
        ...unknown(`${at}.metrics.${place}.path`, 'begun by an evaluation', one.split('.')[0]!, known),
      ),
    ),
  );
  table.rows.forEach(({ replace }, place) => {
    if (
      replace === undefined ||
      !table.metrics.some(({ path }) => path.some((one) => one.includes(replace[0])))
    ) {
      if (replace !== undefined)
        faults.push(
          `${at}.rows.${place}.replace must name a part of a metric's path first; received "${replace[0]}". Copy it from the path.`,
        );
      return;
    }
    const changed = new Set(
      table.metrics.flatMap(({ path }) => path.map((one) => replaced(one, replace).split('.')[0]!)),
    );
    changed.forEach((name) =>
      faults.push(...unknown(`${at}.rows.${place}.replace`, 'a way to an evaluation', name, known)),
    );
  });
  for (const name of repeated(table.metrics.map(metricName))) {
    faults.push(`${at}.metrics must differ in title or id; received "${name}" twice. Give one an id.`);
  }
  faults.push(...groupFaults(at, table));
  if (table.metrics.length === 0 && table.pictures === undefined) {
    faults.push(`${at} must hold metrics or pictures; received neither. Write metrics: [{ title, path }].`);
  }
  if (table.pictures !== undefined)
    faults.push(...unknown(`${at}.pictures`, 'one of evaluations', table.pictures, evaluations));
  if (table.choose !== undefined)
    faults.push(
      ...unknown(`${at}.choose`, 'a metric of the table', table.choose, table.metrics.map(metricName)),
    );
  table.claims.forEach(({ compare }, claim) =>
    compare.forEach((one, place) =>
      faults.push(...comparisonFaults(`${at}.claims.${claim}.compare.${place}`, one, table, variants)),
    ),
  );
  const labels = table.rows.map((row) => row.label ?? study.variants[row.variant]?.label ?? row.variant);
  table.paper.forEach(({ values }, place) =>
    Object.keys(values).forEach((label) =>
      faults.push(...unknown(`${at}.paper.${place}.values`, 'named by a row', label, labels)),
    ),
  );
  return faults;
}

/** Faults that only two fields of a study together can show, one sentence each. */
export function studyFaults(study: StudyConfig): string[] {
  const variants = Object.keys(study.variants);
  const tables = study.tables.map(({ id }) => id);
  const faults =
    variants.length === 0
      ? ['variants must hold at least one variant; received none. Write e.g. { m3ae: {} }.']
      : [];
  for (const id of repeated(tables)) {
    faults.push(`tables must differ in id; received "${id}" twice. Rename one.`);
  }
  for (const [name, { variants: wanted = [] }] of Object.entries(study.evaluations)) {
    wanted.forEach((variant, place) =>
      faults.push(...unknown(`evaluations.${name}.variants.${place}`, 'one of variants', variant, variants)),
    );
    if (name === trainingFigures)
      faults.push(
        `evaluations.${name} must have another name; "${name}" means the training itself. Rename it.`,
      );
  }
  study.quick?.tables?.forEach((id, place) =>
    faults.push(...unknown(`quick.tables.${place}`, 'the id of a table', id, tables)),
  );
  Object.keys(study.quick?.variants ?? {}).forEach((name) =>
    faults.push(...unknown('quick.variants', 'one of variants', name, variants)),
  );
  return [...faults, ...study.tables.flatMap((table, place) => tableFaults(table, `tables.${place}`, study))];
}
