import { unusable } from '@m3ae/errors';
import { featuresOf } from '@m3ae/evaluation';
import type { FeatureName } from '@m3ae/evaluation/probe';
import { classMap, type EmbeddingMethod, type MapResults, type ModelMap } from '@m3ae/evaluation/embedding';
import { foldIn, key } from '@m3ae/random';
import type { EmojiDataset } from '@m3ae/sample-datasets';
import type { Progress } from '@m3ae/logging';
import { runName } from '@m3ae/runs';
import { sampleSpecs } from '../config/samples.js';
import type { Part } from '../run/parts.js';
import type { Sources } from '../run/sources.js';
import { mostMarks } from '@m3ae/report';
import { methodName } from '../report/report-data.js';
import { type EncodedPart, encodeParts } from './encode-parts.js';
import { limited } from './labelled-parts.js';
import type { OpenedRun } from './open-run.js';

/** What maps show. */
export interface MapSettings {
  readonly features: FeatureName;
  readonly method: EmbeddingMethod;
  readonly pictures: number;
}

/** Classes coarse enough to colour: the ten groups of emoji, or the classes of the data. */
function coarseLabels({ dataset }: Part): { labels: Int32Array; names: readonly string[] } {
  const { records } = dataset as Partial<EmojiDataset>;
  if (records)
    return { labels: Int32Array.from(records, ({ group }) => group), names: sampleSpecs!.emojiGroups }; // their package is there: it opened them
  if (dataset.labels === undefined || dataset.classNames === undefined) {
    throw unusable([
      'data.source.labels must say where the classes come from; received none. Write e.g. --set data.source.labels=subfolder.',
    ]);
  }
  return { labels: dataset.labels, names: dataset.classNames };
}

/** Pictures of the most frequent classes, evenly spread, and the place of an example's class among those alone. */
function chosenPictures({ tests, validation }: Sources, count: number) {
  const part = tests[0] ?? validation;
  if (part === null || part === undefined || part.indices.length < 4) {
    throw unusable([
      `The test part must hold at least 4 pictures for a map; received ${part?.indices.length ?? 0}. Raise data.source.validationShare, e.g. to 0.2.`,
    ]);
  }
  const { labels, names } = coarseLabels(part);
  const counts = names.map((_, label) => part.indices.filter((index) => labels[index] === label).length);
  const present = [...counts.keys()].filter((label) => counts[label]! > 0);
  const frequent = [...present]
    .sort((a, b) => counts[b]! - counts[a]!)
    .slice(0, mostMarks)
    .sort((a, b) => a - b);
  const own = { ...part, indices: part.indices.filter((index) => frequent.includes(labels[index]!)) };
  return {
    part: limited(own, count),
    labelOf: (index: number) => frequent.indexOf(labels[index]!),
    classNames: frequent.map((label) => names[label]!),
    classes: present.length,
  };
}

/**
 * The same unseen pictures as each model sees them.
 *
 * @throws InvalidInput if the pictures have no classes, or are fewer than four.
 */
export async function encodeForMaps(
  runs: readonly OpenedRun[],
  sources: Sources,
  { features, pictures }: MapSettings,
  progress: Progress,
): Promise<EncodedPart[]> {
  const { part } = chosenPictures(sources, pictures);
  const encoded: EncodedPart[] = [];
  for (const run of runs) encoded.push(...(await encodeParts(run, [part], [features], progress)));
  return encoded;
}

/** Lays the pictures of {@link encodeForMaps} out in the plane, for each model. */
export function layOutMaps(
  runs: readonly OpenedRun[],
  sources: Sources,
  encoded: readonly EncodedPart[],
  { features, method, pictures }: MapSettings,
  progress: Progress,
): MapResults {
  const { part, labelOf, classNames, classes } = chosenPictures(sources, pictures);
  const models: ModelMap[] = [];
  for (const [number, { config, folder, step, weights }] of runs.entries()) {
    progress.part('Laying out', number, runs.length);
    const seen = encoded[number]!;
    models.push({
      title: `${methodName(config.method).short}: ${runName(folder)}`,
      folder,
      step,
      weights,
      points: classMap(featuresOf(seen, features), seen.indices.map(labelOf), {
        key: foldIn(key(config.seed), 12),
        method,
      }),
    });
  }
  progress.part('Laying out', runs.length, runs.length);
  return { method, features, classNames, classes, part: part.title, models };
}
