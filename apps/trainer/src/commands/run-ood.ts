import { oneOf, typedValue, typedValues } from '@m3ae/errors/rules';
import { encodeOutliers, refuseLoneClasses, withPictureEncoder } from '@m3ae/evaluation/model';
import { outlierEvaluator, outlierMethods } from '@m3ae/evaluation/outliers';
import { featureNames } from '@m3ae/evaluation/probe';
import { outlierLines } from '@m3ae/report';
import type { OpenedRun } from '../evaluation/open-run.js';
import { labeledOf, readOptions } from '../evaluation/opened-model.js';
import { learnsFromEmoji } from '../run/pictures.js';
import { fittingEngineOf } from '../run/engine.js';
import { openOutlierSets } from '../run/sources.js';
import { type EvaluationCommandOptions, runEvaluation } from './run-evaluation.js';

export interface OutlierCommandOptions extends EvaluationCommandOptions {
  readonly features: string;
  readonly scores?: string;
  readonly builtIn?: boolean;
}

export async function runOod(path: string, options: OutlierCommandOptions): Promise<void> {
  const features = typedValue('--features', options.features, oneOf(featureNames));
  const asked = options.scores?.replaceAll('neighbour', 'neighbor'); // as earlier versions spelled it
  const scores = asked === undefined ? outlierMethods : typedValues('--scores', asked, oneOf(outlierMethods));
  const builtInOf = ({ config }: OpenedRun) => (options.builtIn ?? false) || learnsFromEmoji(config);
  await runEvaluation(path, options, {
    name: 'ood',
    settings: (run) => {
      const { outliers, l2, maxTrainExamples } = run.config.evaluation;
      return { features, scores, builtIn: builtInOf(run), outliers, l2, maxTrainExamples };
    },
    async encode({ run, sources, progress }) {
      const splits = labeledOf(sources, run.config);
      refuseLoneClasses(splits, progress); // before minutes of encoding
      const sets = await openOutlierSets(run.config, progress, builtInOf(run));
      const options = readOptions(run, progress);
      return withPictureEncoder(run.model, options.runner, (encoder) =>
        encodeOutliers(encoder, splits, sets, [features], options),
      );
    },
    evaluate: ({ run: { config }, progress }, { splits, outside }) =>
      outlierEvaluator({
        features,
        scores,
        outside,
        l2: config.evaluation.l2,
        runner: fittingEngineOf(config),
        onProgress: (done, total) => progress.part('Outlier scores', done, total),
      }).run(splits),
    print: outlierLines,
  });
}
