import { join } from 'node:path';
import { makeFolder } from '@m3ae/checkpoint/files';
import { writeWhole } from '@m3ae/checkpoint/files';
import { writeJson } from '../run/whole-files.js';
import { readClaims } from './claims-record.js';
import { drawPlots } from './draw-plots.js';
import type { Study } from './load.js';
import { fillMarkdownFile, linkFrom } from './markdown-file.js';
import { sectionMarkdown, studyMarkdown, verdictsMarkdown } from './markdown.js';
import { figuresOf } from './measure.js';
import { picturesHtml } from './page-pictures.js';
import { studyPage } from './page.js';
import type { StudyPlan } from './plan.js';
import { readRecords, type Records } from './records.js';
import type { StudyResults } from './results-types.js';
import { studyResults } from './results.js';
import { studyPaths } from './study-folder.js';

/** Options of {@link writeStudyResults}. */
export interface WriteResultsOptions {
  /** A file with markers between which tables are written. */
  readonly markdown?: string;
}

/** The galleries of a study, by table. */
function galleries(study: Study, plan: StudyPlan, folder: string, { done }: Records): Map<string, string> {
  const figures = figuresOf(plan, done);
  return new Map(
    study.tables.flatMap(({ id, pictures, rows }) => {
      if (pictures === undefined) return [];
      const shown = rows.flatMap(({ variant, label, seeds }) => {
        const own = study.variants[variant]!;
        return (own.seeds ?? study.seeds)
          .filter((seed) => seeds?.includes(seed) ?? true)
          .map((seed) => ({
            label: label ?? own.label ?? variant,
            seed,
            figures: figures(variant, seed)[pictures],
          }));
      });
      return [[id, picturesHtml(folder, shown)] as const];
    }),
  );
}

/** What the markers of `--markdown` may name. */
export const markerNames = (study: Study) => ['verdicts', ...study.tableIds];

function fillMarkdown(
  file: string,
  study: Study,
  results: StudyResults,
  plotFile: (id: string) => string | undefined,
): void {
  fillMarkdownFile(file, markerNames(study), (name) => {
    if (name === 'verdicts') return verdictsMarkdown(results);
    const table = results.tables.find(({ id }) => id === name);
    const plot = plotFile(name);
    return table && sectionMarkdown(table, plot === undefined ? undefined : linkFrom(file, plot));
  });
}

/**
 * Writes results.json, tables, plots and the page, from the records of the parts that are done and nothing else.
 *
 * @returns The page's path.
 */
export async function writeStudyResults(
  study: Study,
  plan: StudyPlan,
  folder: string,
  { markdown }: WriteResultsOptions,
): Promise<{ report: string }> {
  const paths = studyPaths(folder);
  [folder, paths.plots, paths.tables].forEach(makeFolder);
  const records = readRecords(folder, plan.parts);
  const results = studyResults(study, plan, records, readClaims(folder));
  writeJson(paths.results, results);
  const plots = await drawPlots(results, study.tables);
  for (const [id, { svg, png }] of plots) {
    writeWhole(join(paths.plots, `${id}.svg`), svg);
    writeWhole(join(paths.plots, `${id}.png`), png);
  }
  const plotFile = (id: string) => (plots.has(id) ? join(paths.plots, `${id}.png`) : undefined);
  for (const table of results.tables) {
    const plot = plotFile(table.id);
    const link = plot === undefined ? undefined : `../plots/${table.id}.png`;
    writeWhole(join(paths.tables, `${table.id}.md`), `${sectionMarkdown(table, link)}\n`);
  }
  writeWhole(
    paths.markdown,
    studyMarkdown(results, (id) => (plots.has(id) ? `plots/${id}.png` : undefined)),
  );
  const { baseInput: _, tableIds: __, ...config } = study;
  const pictures = galleries(study, plan, folder, records);
  writeWhole(paths.report, studyPage({ results, plots, pictures, config }));
  if (markdown !== undefined) fillMarkdown(markdown, study, results, plotFile);
  return { report: paths.report };
}
