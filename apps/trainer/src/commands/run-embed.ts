import { join } from 'node:path';
import { makeFolder, writeWhole } from '@m3ae/checkpoint/files';
import { invalidField, pluralize } from '@m3ae/errors';
import { countUpTo, oneOf, typedValue } from '@m3ae/errors/rules';
import type { MapResults } from '@m3ae/evaluation/embedding';
import {
  type DataSplit,
  type EncodedDataSplit,
  encodeSplits,
  layOutMaps,
  type MapClasses,
  pickForMap,
  withPictureEncoder,
} from '@m3ae/evaluation/model';
import { featureNames } from '@m3ae/evaluation/probe';
import { foldIn, key } from '@m3ae/random';
import { drawPointMaps, mapClasses, mostMarks } from '@m3ae/report';
import { runName } from '@m3ae/runs';
import type { EmojiDataset } from '@m3ae/sample-datasets';
import { limits } from '../config/limits.js';
import { sampleSpecs } from '../config/samples.js';
import { openRun } from '../evaluation/open-run.js';
import { readOptions } from '../evaluation/opened-model.js';
import { methodTraits } from '@m3ae/tasks';
import { type EvaluationCommandOptions, type EvaluationContext, runEvaluation } from './run-evaluation.js';

export interface EmbedCommandOptions extends EvaluationCommandOptions {
  readonly features: string;
  readonly method: string;
  readonly pictures: string;
}

/** Classes coarse enough to color: the ten groups of emoji, or the classes of the data. */
function coarseClasses({ dataset }: DataSplit): MapClasses {
  const { records }: Partial<EmojiDataset> = dataset;
  if (records)
    return { labels: Int32Array.from(records, ({ group }) => group), names: sampleSpecs!.emojiGroups }; // their package is there: it opened them
  if (dataset.labels === undefined || dataset.classNames === undefined) {
    const rule = 'given, as they say where the classes come from';
    throw invalidField('data.source.labels', rule, 'none', 'Write e.g. --set data.source.labels=subfolder.');
  }
  return { labels: dataset.labels, names: dataset.classNames };
}

export async function runEmbed(
  path: string,
  other: string | undefined,
  options: EmbedCommandOptions,
): Promise<void> {
  const features = typedValue('--features', options.features, oneOf(featureNames));
  const method = typedValue('--method', options.method, oneOf(['tsne', 'umap']));
  const pictures = typedValue('--pictures', options.pictures, countUpTo(limits.comparedPictures, 4));
  const shown = { features, method };
  const beside = other === undefined ? [] : [await openRun(other)];
  const runsOf = ({ run }: EvaluationContext) => [
    run,
    ...beside.map((each) => ({ ...each, peers: run.peers })),
  ];
  const chosen = ({ tests, validation }: EvaluationContext['sources']) => {
    const split = tests[0] ?? validation;
    return pickForMap(split, split ? coarseClasses(split) : null, { pictures, mostClasses: mostMarks });
  };
  await runEvaluation<MapResults, EncodedDataSplit[]>(path, options, {
    name: 'embed',
    settings: () => ({ ...shown, pictures, other: other ?? null }),
    async encode(context) {
      const { split } = chosen(context.sources);
      const encoded: EncodedDataSplit[] = [];
      for (const run of runsOf(context)) {
        const encode = readOptions(run, context.progress);
        const encoding = withPictureEncoder(run.model, encode.runner, (encoder) =>
          encodeSplits(encoder, [split], [features], encode),
        );
        encoded.push(...(await encoding));
      }
      return encoded;
    },
    async evaluate(context, encoded) {
      const { sources, progress, place } = context;
      const models = runsOf(context).map(({ config, folder, step, model: { weights } }, at) => ({
        title: `${methodTraits(config.method).short}: ${runName(folder)}`,
        folder,
        step,
        weights,
        encoded: encoded[at]!,
        key: foldIn(key(config.seed), 12),
      }));
      const results = layOutMaps(chosen(sources), models, shown, progress);
      makeFolder(place.folder);
      writeWhole(join(place.folder, 'embed.svg'), await drawPointMaps(results));
      return results;
    },
    print: (results, { place }) => [
      `${pluralize(results.models[0]!.points.length, 'picture')} of ${mapClasses(results)}: ${join(place.folder, 'embed.svg')}`,
    ],
  });
}
