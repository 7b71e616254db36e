import type { Gallery } from '@m3ae/evaluation/reconstruction';
import { headlineCards, type RunEvaluations, type RunReport } from '@m3ae/report';
import {
  inlineGallery,
  inlinePng,
  readCommands,
  readEvaluations,
  readFacts,
  readJournal,
  readRunRecord,
  runName,
  runPaths,
  type RunRecord,
  skippedLine,
} from '@m3ae/runs';
import { modelOf } from '@m3ae/tasks';
import type { TrainerConfig } from '../config/schema.js';
import { inTodaysWords } from '../config/earlier-words.js';
import { resolveConfig } from '../config/resolve.js';
import { fromEarlier } from '../run/rules.js';
import { sampleSpecs } from '../config/samples.js';
import { readLines } from '@m3ae/logging';
import { warnOnStderr } from '../run/warn.js';

/** Files listed by name; the rest is counted. */
const listedFiles = 50;

/** Names of the methods as people write them. */
const names: Readonly<Record<string, { readonly short: string; readonly long: string }>> = {
  m3ae: { short: 'M3AE', long: 'Multimodal masked autoencoder' },
  mae: { short: 'MAE', long: 'Masked autoencoder' },
  clip: { short: 'CLIP', long: 'Contrastive pictures and captions' },
  supervised: { short: 'Supervised', long: 'Classifier trained on labels' },
};

/** E.g. `M3AE` and `Multimodal masked autoencoder`. */
export function methodName(method: TrainerConfig['method']): {
  readonly short: string;
  readonly long: string;
} {
  return names[method] ?? { short: method, long: method };
}

/** Who made the built-in data that a config uses. */
export function licensesOf({ data: { source, extra, unpairedText } }: TrainerConfig) {
  return sampleSpecs?.sampleCredits([source, ...extra, ...(unpairedText ? [unpairedText] : [])]) ?? [];
}

/** Gathers what the page shows out of a run folder; nothing where no run has come so far. */
export function reportData(
  folder: string,
  record: RunRecord<TrainerConfig> | undefined = readRunRecord<TrainerConfig>(folder),
): RunReport | undefined {
  const facts = readFacts(folder);
  if (record === undefined || facts === undefined) return undefined;
  const { data, versions } = record;
  const config = resolveConfig(fromEarlier(record.config, 'none', 'captions'));
  const paths = runPaths(folder);
  const records = readEvaluations(folder, warnOnStderr, inTodaysWords);
  const results = Object.entries(records).map(([name, record]) => [name, record.results]);
  const evaluations: RunEvaluations = Object.fromEntries(results);
  const { seconds, skipped } = readJournal(folder, warnOnStderr);
  const { short, long } = methodName(config.method);
  return {
    title: config.report.title ?? `${short}: ${runName(folder)}`,
    subtitle: `${long}, seed ${config.seed}, ${config.image.size} pixels, patches of ${config.image.patchSize}; ${versions.cpu}.`,
    headline: headlineCards({
      ...evaluations,
      training: { steps: facts.step, batchSize: config.train.batchSize, seconds },
      model: { ...modelOf(config, data), parameters: facts.parameters },
    }),
    method: short,
    metrics: readLines(paths.metrics),
    validation: readLines(paths.validation),
    scheduled: readLines(paths.scheduled),
    gallery: records.reconstruct ? inlineGallery(folder, records.reconstruct.results as Gallery) : null,
    evaluations,
    inline: (name) => inlinePng(folder, name),
    evaluationNote: facts.evaluationNote,
    parts: facts.parts,
    licenses: licensesOf(config),
    skipped: skipped.slice(0, listedFiles).map(skippedLine),
    skippedCount: skipped.length,
    commands: readCommands(folder),
    config: record.config,
    versions: { ...versions },
  };
}
