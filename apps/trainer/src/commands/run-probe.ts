import { numbersOf, wordsOf } from '../evaluation/choices.js';
import { measureProbe } from '../evaluation/classify.js';
import { encodeLabelled } from '../evaluation/encode-labelled.js';
import { featureNames } from '../evaluation/types.js';
import { engineOf } from '../run/engine.js';
import { classifierLines } from './classifier-lines.js';
import type { ProbeCommandOptions } from './probe.js';
import { runEvaluation } from './run-evaluation.js';

/** Runs `m3ae probe`. */
export async function runProbe(path: string, options: ProbeCommandOptions): Promise<void> {
  const features = wordsOf('--features', options.features, featureNames);
  const given = options.strengths && numbersOf('--strengths', options.strengths, { whole: false });
  await runEvaluation(path, options, {
    name: 'probe',
    settings: ({ config: { evaluation } }) => ({
      features,
      strengths: given || evaluation.strengths,
      maxTrainExamples: evaluation.maxTrainExamples,
    }),
    async evaluate({ run, sources, progress }) {
      const parts = await encodeLabelled(run, sources, features, progress);
      const settings = given || run.config.evaluation.strengths;
      return measureProbe(parts, { features, settings, engine: engineOf(run.config), progress });
    },
    print: (results) => classifierLines(results, ({ strength }) => String(strength), 'penalty'),
  });
}
