import { outlierMethods } from '@m3ae/evaluation';
import { wordOf, wordsOf } from '../evaluation/choices.js';
import type { OpenedRun } from '../evaluation/open-run.js';
import { measureOutliers, type OutlierResults } from '../evaluation/outliers.js';
import { featureNames } from '../evaluation/types.js';
import { percent } from '@m3ae/report';
import { learnsFromEmoji } from '../run/emoji-sources.js';
import type { OutlierCommandOptions } from './ood.js';
import { runEvaluation } from './run-evaluation.js';
import { textTable } from './text-table.js';

function lines({ scores, outliers, sets, inDistribution }: OutlierResults): string[] {
  const rows = scores.map((score) => [
    score,
    ...outliers.map(({ key }) => percent(sets[key]![score]!.auroc)),
  ]);
  const inside = inDistribution.map(({ name }) => name).join(' and ');
  return [
    `AUROC of ${inside} against sets of other pictures; 50 % is chance:`,
    ...textTable([['score', ...outliers.map(({ name }) => name)], ...rows]),
  ];
}

/** Runs `m3ae ood`. */
export async function runOod(path: string, options: OutlierCommandOptions): Promise<void> {
  const features = wordOf('--features', options.features, featureNames);
  const scores =
    options.scores === undefined ? outlierMethods : wordsOf('--scores', options.scores, outlierMethods);
  const builtInOf = ({ config }: OpenedRun) => (options.builtIn ?? false) || learnsFromEmoji(config);
  await runEvaluation(path, options, {
    name: 'ood',
    settings: (run) => {
      const { outliers, strengths, maxTrainExamples } = run.config.evaluation;
      return { features, scores, builtIn: builtInOf(run), outliers, strengths, maxTrainExamples };
    },
    evaluate: ({ run, sources, progress }) =>
      measureOutliers(run, sources, { features, scores, builtIn: builtInOf(run) }, progress),
    print: lines,
  });
}
