import { unusable } from '@m3ae/errors';
import { runnerProduct } from '@m3ae/evaluation';
import { linearEngine, linearProbe, neighborProbe, type ProbeParts } from '@m3ae/evaluation/probe';
import { encodePictures, encoderProgram } from '@m3ae/evaluation/features';
import type { NdArray, Tree } from '@m3ae/tree';
import type { M3aeConfig } from '@m3ae/transformer';
import { engineOf, fittingEngineOf } from '../run/engine.js';
import { evaluationLoader, type LoaderSettings } from '../run/loaders.js';
import type { Part } from '../run/parts.js';
import type { Sources } from '../run/sources.js';
import { streamsOf } from '../run/streams.js';
import { classificationFault, limited } from './labelled-parts.js';

/** Evaluations on a schedule. */
export interface ScheduledEvaluator {
  /** Share of the validation part named right, by kind: `probe`, `knn`. */
  measure(params: Tree<NdArray>): Promise<Record<string, number>>;
  dispose(): Promise<void>;
}

/** What an evaluator reads of a run. */
export interface ScheduledRun extends LoaderSettings {
  readonly sources: Sources;
  readonly stepConfig: { readonly model: M3aeConfig };
}

/**
 * Prepares what `evaluation.everySteps` asks for. It draws nothing from the streams of training, so that the run is the
 * same with it and without.
 *
 * The test parts are left alone: a curve that people look at while they choose must not be theirs.
 *
 * @throws InvalidInput if the pictures have no classes, or none were kept apart.
 */
export function createScheduled(run: ScheduledRun): ScheduledEvaluator {
  const { config, sources, stepConfig } = run;
  const { kinds, scheduledExamples, neighbors, strengths, batchSize } = config.evaluation;
  const fault = classificationFault(sources);
  if (fault !== undefined) {
    throw unusable([`evaluation.everySteps needs pictures with classes. ${fault}`]);
  }
  const fitting = fittingEngineOf(config);
  const program = encoderProgram(engineOf(config), stepConfig.model);
  const classes = sources.labelled!.dataset.classNames!;
  const train = limited(sources.labelled!, scheduledExamples);
  const { product, dispose: disposeProduct } = runnerProduct(fitting);
  const linear = linearEngine(fitting);

  const encode = async (params: Tree<NdArray>, part: Part) => {
    const loader = evaluationLoader(part, streamsOf(config.seed).validation, run);
    const make = async (patches: NdArray) => {
      const { mean } = await program.run(params, patches);
      return { mean: mean.data };
    };
    const { features, labels } = await encodePictures(make, loader, part.indices, batchSize).finally(() =>
      loader.close(),
    );
    return { features: features.mean!, labels };
  };

  const classify = {
    probe: (parts: ProbeParts) => linearProbe(parts, classes, strengths, linear),
    knn: (parts: ProbeParts) => neighborProbe(parts, classes, neighbors, product),
  };

  return {
    async measure(params) {
      const learned = await encode(params, train);
      const chosenOn = await encode(params, sources.validation!);
      // A run that has diverged is ended by its loss, not by what looks on.
      if (![learned, chosenOn].every(({ features }) => features.data.every(Number.isFinite))) return {};
      const values: Record<string, number> = {};
      for (const kind of kinds) {
        const found = await classify[kind]({ train: learned, validation: chosenOn, tests: {} });
        values[kind] = found.validation.value;
      }
      return values;
    },
    dispose: async () => void (await Promise.all([program.dispose(), disposeProduct(), linear.dispose()])),
  };
}
