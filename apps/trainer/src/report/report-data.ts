import { pluralize } from '@m3ae/errors';
import { resolveConfig } from '../config/resolve.js';
import { type Evaluation, readEvaluations } from '../evaluation/envelope.js';
import type { NeighbourResults, PartAccuracy, ProbeResults } from '../evaluation/types.js';
import { readLines } from '@m3ae/logging';
import { readCommands } from '../run/command-log.js';
import { readJournal } from '../run/journal.js';
import { readRunRecord, runName, type RunRecord, runPaths } from '../run/run-folder.js';
import { modelConfig } from '../run/step-config.js';
import { duration, percent } from '@m3ae/report';
import { readFacts, type ReportFacts } from './facts.js';
import { inlinePng } from './inline.js';
import { licencesOf } from './licences.js';
import { methodName } from './method-name.js';
import { galleryFrom } from './stored-gallery.js';
import type { ReportData } from './types.js';

/** Files listed by name; the rest is counted. */
const listedFiles = 50;

type Card = ReportData['headline'][number];
type Evaluations = Readonly<Record<string, Evaluation>>;

function accuracyCard(label: string, results: ProbeResults | NeighbourResults | undefined): Card[] {
  const [test] = results?.tests ?? [];
  if (results === undefined || test === undefined) return [];
  const features: Readonly<Record<string, { tests: Readonly<Record<string, PartAccuracy>> } | undefined>> =
    results.features;
  const { value } = features[results.best]!.tests[test.key]!.top1;
  const { pixels } = features;
  const baseline = pixels === undefined ? 'not measured' : percent(pixels.tests[test.key]!.top1.value);
  const note = results.best === 'pixels' ? 'of raw pixels alone' : `raw pixels ${baseline}`;
  return [{ label: `${label}, ${test.name}`, value: percent(value), note }];
}

function headlineOf(
  { config, data }: RunRecord,
  { step, parameters }: ReportFacts,
  evaluations: Evaluations,
  seconds: number,
): Card[] {
  const model = modelConfig(config, data.vocabSize, data.classes);
  return [
    ...accuracyCard('Linear accuracy', evaluations.probe?.results as ProbeResults | undefined),
    ...accuracyCard('k-NN accuracy', evaluations.knn?.results as NeighbourResults | undefined),
    {
      label: 'Training',
      value: pluralize(step, 'step'),
      note: `of ${pluralize(config.train.batchSize, 'example')}, in ${duration(seconds)}`,
    },
    {
      label: 'Parameters',
      value: `${(parameters / 1e6).toPrecision(3)} M`,
      note: `${pluralize(model.depth, 'encoder block')} of width ${model.embedDim}`,
    },
  ];
}

/** Gathers what the page shows out of a run folder; nothing where no run has come so far. */
export function reportData(
  folder: string,
  record: RunRecord | undefined = readRunRecord(folder),
): ReportData | undefined {
  const facts = readFacts(folder);
  if (record === undefined || facts === undefined) return undefined;
  const { versions } = record;
  const config = resolveConfig(record.config); // a run of an earlier version lacks what has come since
  const paths = runPaths(folder);
  const evaluations = readEvaluations(folder);
  const { seconds, skipped } = readJournal(folder);
  const { short, long } = methodName(config.method);
  return {
    title: config.report.title ?? `${short}: ${runName(folder)}`,
    subtitle: `${long}, seed ${config.seed}, ${config.image.size} pixels, patches of ${config.image.patchSize}; ${versions.cpu}.`,
    headline: headlineOf({ ...record, config }, facts, evaluations, seconds),
    method: short,
    metrics: readLines(paths.metrics),
    validation: readLines(paths.validation),
    scheduled: readLines(paths.scheduled),
    gallery: galleryFrom(folder, evaluations.reconstruct),
    evaluations,
    inline: (name) => inlinePng(folder, name),
    evaluationNote: facts.evaluationNote,
    parts: facts.parts,
    licences: licencesOf(config),
    skippedFiles: skipped.slice(0, listedFiles),
    skippedCount: skipped.length,
    commands: readCommands(folder),
    config: record.config,
    versions,
  };
}
