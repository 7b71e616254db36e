import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gallery } from '@m3ae/evaluation/reconstruction';
import { headlineCards, type RunEvaluations, type RunReport } from '@m3ae/report';
import {
  type Evaluation,
  readCommands,
  readEvaluations,
  readJournal,
  readRunRecord,
  runName,
  runPaths,
  type RunRecord,
} from '@m3ae/runs';
import type { TrainerConfig } from '../config/schema.js';
import { inTodaysWords } from '../config/earlier-words.js';
import { resolveConfig } from '../config/resolve.js';
import { fromEarlier } from '../run/rules.js';
import { sampleSpecs } from '../config/samples.js';
import { readLines } from '@m3ae/logging';
import { skippedLine } from '../run/loaders.js';
import { warnOnStderr } from '../run/warn.js';
import { modelConfig } from '../run/step-config.js';
import { readFacts } from './facts.js';

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

/** A PNG of the folder `evaluations` as the address of an `<img>`; null where the file is gone. */
export function inlinePng(folder: string, name: string): string | null {
  const path = join(folder, 'evaluations', name);
  if (!existsSync(path)) return null;
  return `data:image/png;base64,${readFileSync(path).toString('base64')}`;
}

const views = ['original', 'hidden', 'rebuilt'] as const;

/** The stored gallery with its pictures as data URIs; null where there is none. */
export function galleryFrom(folder: string, evaluation: Evaluation | undefined): Gallery | null {
  if (evaluation === undefined) return null;
  const gallery = evaluation.results as Gallery;
  const inline = (name: string | null) => name && inlinePng(folder, name);
  const items = gallery.items.map((item) => ({
    ...item,
    ...Object.fromEntries(views.map((view) => [view, inline(item[view])])),
  }));
  return { ...gallery, items };
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
      model: { ...modelConfig(config, data.vocabSize, data.classes), parameters: facts.parameters },
    }),
    method: short,
    metrics: readLines(paths.metrics),
    validation: readLines(paths.validation),
    scheduled: readLines(paths.scheduled),
    gallery: galleryFrom(folder, records.reconstruct),
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
