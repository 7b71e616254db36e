import { pluralize } from '@m3ae/errors';
import { join } from 'node:path';
import { makeFolder, writeWhole } from '@m3ae/checkpoint/files';
import { featureNames } from '@m3ae/evaluation/probe';
import type { MapResults } from '@m3ae/evaluation/embedding';
import { limits } from '../config/limits.js';
import { encodeForMaps, layOutMaps } from '../evaluation/embedding-map.js';
import type { EncodedPart } from '../evaluation/encode-parts.js';
import { openRun } from '../evaluation/open-run.js';
import { countOf, wordOf } from './choices.js';
import { drawPointMaps, mapClasses } from '@m3ae/report';
import { type EvaluationCommandOptions, type EvaluationContext, runEvaluation } from './run-evaluation.js';

/** Options of `m3ae embed`. */
export interface EmbedCommandOptions extends EvaluationCommandOptions {
  readonly features: string;
  readonly method: string;
  readonly pictures: string;
}

/** Runs `m3ae embed`. */
export async function runEmbed(
  path: string,
  other: string | undefined,
  options: EmbedCommandOptions,
): Promise<void> {
  const features = wordOf('--features', options.features, featureNames);
  const method = wordOf('--method', options.method, ['tsne', 'umap']);
  const pictures = countOf('--pictures', options.pictures, { least: 4, most: limits.comparedPictures });
  const shown = { features, method, pictures };
  const beside = other === undefined ? [] : [await openRun(other)];
  const runsOf = ({ run }: EvaluationContext) => [
    run,
    ...beside.map((each) => ({ ...each, peers: run.peers })),
  ];
  await runEvaluation<MapResults, EncodedPart[]>(path, options, {
    name: 'embed',
    settings: () => ({ ...shown, other: other ?? null }),
    encode: (context) => encodeForMaps(runsOf(context), context.sources, shown, context.progress),
    async evaluate(context, encoded) {
      const { sources, progress, place } = context;
      const results = layOutMaps(runsOf(context), sources, encoded, shown, progress);
      makeFolder(place.folder);
      writeWhole(join(place.folder, 'embed.svg'), await drawPointMaps(results));
      return results;
    },
    print: (results, { place }) => [
      `${pluralize(results.models[0]!.points.length, 'picture')} of ${mapClasses(results)}: ${join(place.folder, 'embed.svg')}`,
    ],
  });
}
