import { countElements } from '@m3ae/tree';
import { m3aeShapes, maeShapes } from '@m3ae/transformer';
import { bestLearned } from '../evaluation/evaluate.js';
import type { EvaluationResult } from '../evaluation/types.js';
import { readLines } from '../logs/line-file.js';
import type { Prepared } from '../run/prepare.js';
import type { PretrainResult } from '../run/pretrain.js';
import { duration } from '../run/progress.js';
import { runPaths } from '../run/run-folder.js';
import { percent } from './escape.js';
import { licencesOf } from './licences.js';
import type { Gallery, ReportData } from './types.js';

/** What {@link reportData} is made of. */
export interface ReportSources {
  readonly prepared: Prepared;
  readonly result: PretrainResult;
  readonly folder: string;
  readonly gallery: Gallery | null;
  readonly evaluation: EvaluationResult | null;
  readonly evaluationNote: string | null;
}

/** Files listed by name; the rest is counted. */
const listedFiles = 50;

function accuracyCards(evaluation: EvaluationResult): ReportData['headline'][number][] {
  const learned = bestLearned(evaluation);
  const pixels = evaluation.features.find((feature) => !feature.learned)!;
  const [test] = evaluation.tests;
  if (test === undefined) return [];
  const card = (label: string, probe: 'linear' | 'neighbours') => ({
    label: `${label}, ${test.name}`,
    value: percent(learned[probe].tests[test.key]!.top1.value),
    note: `raw pixels ${percent(pixels[probe].tests[test.key]!.top1.value)}`,
  });
  return [card('Linear accuracy', 'linear'), card('k-NN accuracy', 'neighbours')];
}

function headlineOf({ prepared, result, evaluation }: ReportSources): ReportData['headline'] {
  const { model, method } = prepared.stepConfig;
  const parameters = countElements(method === 'mae' ? maeShapes(model) : m3aeShapes(model));
  return [
    ...(evaluation === null ? [] : accuracyCards(evaluation)),
    {
      label: 'Training',
      value: `${result.standing.counters.step.toLocaleString('en')} steps`,
      note: `of ${prepared.config.train.batchSize} examples, in ${duration(result.seconds)}`,
    },
    {
      label: 'Parameters',
      value: `${(parameters / 1e6).toPrecision(3)} M`,
      note: `${model.depth} encoder blocks of width ${model.embedDim}`,
    },
  ];
}

/** Gathers everything that the page shows. */
export function reportData(sources: ReportSources): ReportData {
  const { prepared, result, folder, gallery, evaluation, evaluationNote } = sources;
  const { config, record } = prepared;
  const paths = runPaths(folder);
  const { train, validation, tests, unpairedText } = prepared.sources;
  const parts = [train, validation, ...tests, unpairedText].filter((part) => part !== null);
  const method = config.method === 'm3ae' ? 'M3AE' : 'MAE';
  return {
    title: config.report.title ?? `${method}: ${config.name ?? 'a run'}`,
    subtitle: `Multimodal masked autoencoder, seed ${config.seed}, ${config.image.size} pixels, patches of ${config.image.patchSize}; ${record.versions.cpu}.`,
    headline: headlineOf(sources),
    metrics: readLines(paths.metrics),
    validation: readLines(paths.validation),
    gallery,
    evaluation,
    evaluationNote,
    parts: parts.map(({ title, note, indices }) => ({ name: title, note, length: indices.length })),
    licences: licencesOf(config),
    skippedFiles: result.skipped.slice(0, listedFiles),
    skippedCount: result.skipped.length,
    config,
    versions: record.versions,
  };
}
