import { shareOf } from '@m3ae/evaluation/classification';
import { compareVariants, type FiguresOf, figuresOf, measure } from './measure.js';
import type { StudyPlan } from './plan.js';
import { claimsNote, type ClaimsRecord, type Records } from './records.js';
import type { Study } from './resolve-study.js';
import type { Cell, ResultRow, ResultTable, StudyResults } from './results-types.js';
import type { StudyMetric, StudyRow, StudyTable } from './schema-tables.js';
import { askedPaths, isAmong, labelOf, metricName, seedsOf } from './schema.js';
import { judgeTogether, summarize } from './statistics.js';

function binomialInterval(share: number, examples: number): Cell['binomial'] {
  const { low, high } = shareOf(share * examples, examples);
  return { low, high, examples };
}

function cellOf(
  row: StudyRow,
  metric: StudyMetric,
  seeds: readonly number[],
  figures: FiguresOf,
): Cell | null {
  const paths = askedPaths(metric, row);
  if (paths.length === 0) return null;
  const measured = seeds.flatMap((seed) => {
    const one = measure(figures(row.variant, seed), paths);
    return one === undefined ? [] : [{ seed, ...one }];
  });
  if (measured.length === 0) return null;
  const summary = summarize(measured.map(({ value }) => value));
  const examples = measured[0]!.examples;
  return {
    ...summary,
    seeds: measured.map(({ seed, value }) => ({ seed, value })),
    binomial: examples === null ? null : binomialInterval(summary.mean, examples),
  };
}

/** The best row of each series, by the mean of one metric. */
function chosenRows(table: StudyTable, rows: readonly ResultRow[]): Set<ResultRow> {
  const chosen = new Map<string | null, ResultRow>();
  if (table.choose === undefined) return new Set();
  const valueOf = (row: ResultRow) => row.cells[table.choose!]?.mean ?? -Infinity;
  for (const row of rows.filter(({ baseline }) => !baseline)) {
    const best = chosen.get(row.series);
    if (valueOf(row) > -Infinity && (best === undefined || valueOf(row) > valueOf(best))) {
      chosen.set(row.series, row);
    }
  }
  return new Set(chosen.values());
}

function tableResults(table: StudyTable, study: Study, figures: FiguresOf): Omit<ResultTable, 'claimsNote'> {
  const rowSeeds = ({ variant, seeds }: StudyRow, metric: StudyMetric) =>
    seedsOf(study, variant).filter((seed) => isAmong(seed, seeds) && isAmong(seed, metric.seeds));
  const measured = table.rows.map((row): ResultRow => ({
    label: row.label ?? labelOf(study, row.variant),
    variant: row.variant,
    series: row.series ?? null,
    x: row.x ?? null,
    baseline: row.baseline,
    cells: Object.fromEntries(
      table.metrics.map((metric) => [
        metricName(metric),
        cellOf(row, metric, rowSeeds(row, metric), figures),
      ]),
    ),
    chosen: false,
  }));
  const chosen = chosenRows(table, measured);
  const rows = measured.map((row) => ({ ...row, chosen: chosen.has(row) }));
  const claims = table.claims.map(({ text, rule, compare }) => {
    const comparisons = compare.map((one) => compareVariants(one, { study, table, figures }));
    return { text, rule, comparisons, ...judgeTogether(comparisons, rule) };
  });
  const wanted = table.rows
    .flatMap((row) =>
      table.metrics.map((metric) => (askedPaths(metric, row).length > 0 ? rowSeeds(row, metric).length : 0)),
    )
    .reduce((sum, count) => sum + count, 0);
  const there = rows
    .flatMap(({ cells }) => Object.values(cells))
    .reduce((sum, cell) => sum + (cell?.count ?? 0), 0);
  return {
    id: table.id,
    title: table.title,
    note: table.note ?? null,
    metrics: table.metrics.map((metric) => ({
      name: metricName(metric),
      title: metric.title,
      ...(metric.group !== undefined && { group: metric.group }),
      unit: metric.unit,
    })),
    rows,
    claims,
    paper: table.paper.map(({ source, unit, note, column, values }) => ({
      source,
      ...(column !== undefined && { column }),
      unit,
      note: note ?? null,
      values,
    })),
    missing: wanted - there,
    wanted,
  };
}

const distinct = <Value>(values: readonly Value[]) => [
  ...new Map(values.map((value) => [JSON.stringify(value), value])).values(),
];

/** Everything that a study has found out, from the records of its jobs alone: the same records give the same results. */
export function studyResults(
  plan: StudyPlan,
  { done, stale }: Records,
  decided: ClaimsRecord = {},
): StudyResults {
  const { study, jobs } = plan;
  const figures = figuresOf(plan, done);
  const records = jobs.flatMap(({ hash }) => done.get(hash) ?? []);
  return {
    study: study.name,
    title: study.title ?? study.name,
    seeds: study.seeds,
    tables: study.tables.map((table) => ({
      ...tableResults(table, study, figures),
      claimsNote: claimsNote(table, decided),
    })),
    parts: {
      total: jobs.length,
      done: records.length,
      missing: jobs.filter(({ hash }) => !done.has(hash)).map(({ name }) => name),
      stale,
      seconds: Math.round(records.reduce((total, { seconds }) => total + seconds, 0)),
    },
    commits: distinct(records.flatMap(({ commit }) => commit ?? [])).sort(),
    versions: distinct(records.map(({ versions }) => ({ ...versions }))),
  };
}
