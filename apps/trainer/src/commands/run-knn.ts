import { limits } from '../config/limits.js';
import { numbersOf, wordsOf } from '../evaluation/choices.js';
import { measureNeighbours } from '../evaluation/classify.js';
import { encodeLabelled } from '../evaluation/encode-labelled.js';
import { featureNames, withBaseline } from '../evaluation/types.js';
import { engineOf } from '../run/engine.js';
import { classifierLines } from './classifier-lines.js';
import type { NeighbourCommandOptions } from './knn.js';
import { runEvaluation } from './run-evaluation.js';

/** Runs `m3ae knn`. */
export async function runKnn(path: string, options: NeighbourCommandOptions): Promise<void> {
  const features = withBaseline(wordsOf('--features', options.features, featureNames));
  const given =
    options.neighbours &&
    numbersOf('--neighbours', options.neighbours, { whole: true, most: limits.neighbours });
  await runEvaluation(path, options, {
    name: 'knn',
    settings: ({ config: { evaluation } }) => ({
      features,
      neighbours: given || evaluation.neighbours,
      maxTrainExamples: evaluation.maxTrainExamples,
    }),
    async evaluate({ run, sources, progress }) {
      const parts = await encodeLabelled(run, sources, features, progress);
      const settings = given || run.config.evaluation.neighbours;
      return measureNeighbours(parts, { features, settings, engine: engineOf(run.config), progress });
    },
    print: (results) => classifierLines(results, ({ neighbours }) => String(neighbours), 'neighbours'),
  });
}
