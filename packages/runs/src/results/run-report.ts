import { writeWhole } from '@m3ae/checkpoint/files';
import type { Gallery } from '@m3ae/evaluation/reconstruction';
import { readLines } from '@m3ae/logging';
import { type Headline, headlineCards, type RunEvaluations, runPage, type RunReport } from '@m3ae/report';
import { readCommands } from '../command-log.js';
import { readEvaluations } from '../evaluations.js';
import { readJournal, skippedLine } from '../run-logs.js';
import { inlineGallery, inlinePng, readFacts } from '../report-files.js';
import { runPaths, type RunRecord, type Warn } from '../run-folder.js';

/** Files listed by name; the rest is counted. */
const listedFiles = 50;

/** What the logs and evaluations of a run do not tell of it. */
export interface RunReportOptions extends Pick<RunReport, 'title' | 'subtitle' | 'method' | 'licenses'> {
  /** What it was made with, as the page shows it. */
  readonly record: Pick<RunRecord<unknown>, 'config' | 'versions'>;
  /** Examples of a step. */
  readonly batchSize: number;
  /** Blocks of the encoder and their width. */
  readonly model: Pick<Headline['model'], 'depth' | 'embedDim'>;
  /** Makes an evaluation's record of an earlier version one of today. */
  readonly upgrade?: (stored: unknown) => unknown;
  /** Told which files are damaged and left out. */
  readonly warn?: Warn;
}

/**
 * Gathers what the page of a training shows out of its folder: curves, evaluations, pictures, commands.
 *
 * @returns What `runPage` of `@m3ae/report` takes; nothing where the run has not come so far that its facts were written.
 * @throws InvalidInput if the facts are damaged.
 */
export function readRunReport(
  folder: string,
  { record, batchSize, model, upgrade, warn = () => {}, ...told }: RunReportOptions,
): RunReport | undefined {
  const facts = readFacts(folder);
  if (facts === undefined) return undefined;
  const paths = runPaths(folder);
  const records = readEvaluations(folder, warn, upgrade);
  const results = Object.entries(records).map(([name, { results }]) => [name, results]);
  const evaluations: RunEvaluations = Object.fromEntries(results);
  const { seconds, skipped } = readJournal(folder, warn);
  const { depth, embedDim } = model;
  return {
    ...told,
    headline: headlineCards({
      ...evaluations,
      training: { steps: facts.step, batchSize, seconds },
      model: { depth, embedDim, parameters: facts.parameters },
    }),
    metrics: readLines(paths.metrics),
    validation: readLines(paths.validation),
    scheduled: readLines(paths.scheduled),
    gallery: records.reconstruct ? inlineGallery(folder, records.reconstruct.results as Gallery) : null,
    evaluations,
    inline: (name) => inlinePng(folder, name),
    evaluationNote: facts.evaluationNote,
    parts: facts.parts,
    skipped: skipped.slice(0, listedFiles).map(skippedLine),
    skippedCount: skipped.length,
    commands: readCommands(folder),
    config: record.config,
    versions: { ...record.versions },
  };
}

/**
 * Writes report.html of a run anew, with a section for each evaluation that its folder holds.
 *
 * @returns Its path; nothing where the run has not come so far.
 *
 * @example
 * ```ts
 * const words = { title: 'My run', subtitle: 'seed 0', method: 'M3AE', licenses: [] };
 * const model = { depth: 12, embedDim: 384 };
 * await writeRunReport('runs/my-run', { ...words, record: readRunRecord('runs/my-run')!, batchSize: 64, model });
 * ```
 */
export async function writeRunReport(folder: string, options: RunReportOptions): Promise<string | undefined> {
  const report = readRunReport(folder, options);
  if (report === undefined) return undefined;
  const path = runPaths(folder).report;
  writeWhole(path, await runPage(report));
  return path;
}
