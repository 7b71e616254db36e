import { showCell, showSeeds, showTitle } from './format.js';
import { fullTitle, isGrid } from './names.js';
import type { ResultTable } from './results-types.js';

/** What stands in one place of a shown table. */
export interface ShownCell {
  readonly text: string;
  /** Seeds, and the interval of the test's size. */
  readonly detail: readonly string[];
  /** Whether it is a number of the paper. */
  readonly theirs: boolean;
}

/** A table as it is shown: headings and rows. */
export interface ShownTable {
  readonly heads: readonly { readonly text: string; readonly theirs: boolean }[];
  readonly rows: readonly {
    readonly label: string;
    readonly baseline: boolean;
    readonly chosen: boolean;
    readonly cells: readonly ShownCell[];
  }[];
}

/** More columns than these are shown as rows. */
const mostColumns = 6;

const theirNumber = (value: number | undefined): ShownCell => ({
  text: value === undefined ? '' : value.toFixed(1),
  detail: [],
  theirs: true,
});

const nothing: ShownCell = { text: '', detail: [], theirs: false };

function ourCell({ rows, metrics }: ResultTable, row: number, metric: number): ShownCell {
  const { name, unit } = metrics[metric]!;
  const cell = rows[row]!.cells[name] ?? null;
  return { text: showCell(cell, unit), detail: cell === null ? [] : showSeeds(cell, unit), theirs: false };
}

/** Variants as rows, metrics and the paper's figures as columns. */
function upright(table: ResultTable): ShownTable {
  const { metrics, rows, paper } = table;
  return {
    heads: [
      ...metrics.map((metric) => ({ text: showTitle(fullTitle(metric), metric.unit), theirs: false })),
      ...paper.map(({ source, unit }) => ({ text: showTitle(source, unit), theirs: true })),
    ],
    rows: rows.map(({ label, baseline, chosen }, row) => ({
      label,
      baseline,
      chosen,
      cells: [
        ...metrics.map((_, metric) => ourCell(table, row, metric)),
        ...paper.map(({ values }) => theirNumber(values[label])),
      ],
    })),
  };
}

/** Columns as rows, and rows as columns. */
function turned({ heads, rows }: ShownTable): ShownTable {
  return {
    heads: rows.map(({ label }) => ({ text: label, theirs: false })),
    rows: heads.map(({ text, theirs }, column) => ({
      label: theirs ? `the paper, ${text}` : text,
      baseline: false,
      chosen: false,
      cells: rows.map(({ cells }) => cells[column]!),
    })),
  };
}

/** A row for each variant in each group, and one for each source in the paper; a column for each title. */
function grid(table: ResultTable): ShownTable {
  const { metrics, rows, paper } = table;
  const columns = [...new Map(metrics.map(({ title, unit }) => [title, unit]))];
  const ourRow = (group: string, row: number) => ({
    ...rows[row]!,
    label: `${group}: ${rows[row]!.label}`,
    cells: columns.map(([title]) => {
      const metric = metrics.findIndex((one) => one.group === group && one.title === title);
      return metric < 0 ? nothing : ourCell(table, row, metric);
    }),
  });
  const theirRow = (source: string, label: string) => ({
    label: `the paper, ${source}: ${label}`,
    baseline: false,
    chosen: false,
    cells: columns.map(([title]) =>
      theirNumber(paper.find((one) => one.source === source && one.column === title)?.values[label]),
    ),
  });
  const groups = [...new Set(metrics.map(({ group }) => group!))];
  const sources = [...new Set(paper.map(({ source }) => source))];
  return {
    heads: columns.map(([title, unit]) => ({ text: showTitle(title, unit), theirs: false })),
    rows: [
      ...groups.flatMap((group) => rows.map((_, row) => ourRow(group, row))),
      ...sources.flatMap((source) => rows.map(({ label }) => theirRow(source, label))),
    ],
  };
}

/** Lays a table out: groups as a grid, a few metrics side by side, many beneath each other. */
export function shownTable(table: ResultTable): ShownTable {
  if (isGrid(table.metrics)) return grid(table);
  return table.metrics.length > mostColumns ? turned(upright(table)) : upright(table);
}
