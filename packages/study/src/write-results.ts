import { join } from 'node:path';
import { makeFolder, writeWhole, writeWholeJson } from '@m3ae/checkpoint/files';
import { fillMarkdownFile, linkFrom, sectionMarkdown, studyMarkdown, verdictsMarkdown } from './markdown.js';
import { figuresOf } from './measure.js';
import { studyPage } from './page.js';
import { picturesHtml } from './pictures.js';
import type { StudyPlan } from './plan.js';
import { drawPlots } from './plots.js';
import { readClaims, readRecords, type Records, studyPaths } from './records.js';
import type { Study } from './resolve-study.js';
import type { StudyResults } from './results-types.js';
import { studyResults } from './results.js';
import { isAmong, labelOf, seedsOf } from './schema.js';

/** The galleries of a study, by table. */
function galleries(plan: StudyPlan, folder: string, { done }: Records): Map<string, string> {
  const { study } = plan;
  const figures = figuresOf(plan, done);
  return new Map(
    study.tables.flatMap(({ id, pictures, rows }) => {
      if (pictures === undefined) return [];
      const shown = rows.flatMap(({ variant, label = labelOf(study, variant), seeds }) =>
        seedsOf(study, variant)
          .filter((seed) => isAmong(seed, seeds))
          .map((seed) => ({ label, seed, figures: figures(variant, seed)[pictures] })),
      );
      return [[id, picturesHtml(folder, shown)] as const];
    }),
  );
}

/** What markers in a Markdown file may name: `verdicts`, and each table of the study. */
export const markerNames = ({ tableIds }: Study): string[] => ['verdicts', ...tableIds];

/** Where {@link writeResults} writes. */
export interface WriteResultsOptions {
  /** The study folder. */
  readonly folder: string;
  /** A file with markers between which tables are written: `<!-- study:ID -->` and `<!-- /study -->`. */
  readonly markdown?: string;
}

/**
 * Writes results.json, tables, plots and the page, from the records of the jobs that are done and nothing else.
 *
 * @returns What results.json holds, and the page's path.
 * @throws InvalidInput if the Markdown file has no markers, or of names that are not known.
 */
export async function writeResults(
  plan: StudyPlan,
  { folder, markdown }: WriteResultsOptions,
): Promise<{ readonly results: StudyResults; readonly report: string }> {
  const paths = studyPaths(folder);
  [folder, paths.plots, paths.tables].forEach(makeFolder);
  const records = readRecords(folder, plan);
  const results = studyResults(plan, records, readClaims(folder));
  writeWholeJson(paths.results, results);
  const plots = await drawPlots(results, plan.study.tables);
  for (const [id, { svg, png }] of plots) {
    writeWhole(join(paths.plots, `${id}.svg`), svg);
    writeWhole(join(paths.plots, `${id}.png`), png);
  }
  /** Link from a file to the plot of a table; nothing where it has none. */
  const plotFrom = (file: string) => (id: string) =>
    plots.has(id) ? linkFrom(file, join(paths.plots, `${id}.png`)) : undefined;
  for (const table of results.tables) {
    const file = join(paths.tables, `${table.id}.md`);
    writeWhole(file, `${sectionMarkdown(table, plotFrom(file)(table.id))}\n`);
  }
  writeWhole(paths.markdown, studyMarkdown(results, plotFrom(paths.markdown)));
  const { tableIds: _, ...study } = plan.study;
  writeWhole(paths.report, studyPage({ results, plots, pictures: galleries(plan, folder, records), study }));
  if (markdown !== undefined) {
    fillMarkdownFile(markdown, markerNames(plan.study), (name) => {
      if (name === 'verdicts') return verdictsMarkdown(results);
      const table = results.tables.find(({ id }) => id === name);
      return table && sectionMarkdown(table, plotFrom(markdown)(name));
    });
  }
  return { results, report: paths.report };
}
