import type { Communicator } from '@m3ae/distributed';
import { unusable } from '@m3ae/errors';
import { trainingProbe, type TrainingProbe } from '@m3ae/evaluation/probe';
import { engineOf, fittingEngineOf } from '../run/engine.js';
import { evaluationLoader } from '../run/loaders.js';
import type { Part } from '../run/parts.js';
import type { Prepared } from '../run/prepare.js';
import { evaluationPeersOf } from '../run/ranks.js';
import { streamsOf } from '../run/streams.js';
import { classificationFault, limited } from './labelled-parts.js';

/**
 * Prepares what `evaluation.everySteps` asks for. It draws nothing from the streams of training, so that the run is the
 * same with it and without.
 *
 * @param communicator - Ranks that encode together, all of which call `measure`; rank 0 alone has values.
 * @throws InvalidInput if the pictures have no classes, or none were kept apart.
 */
export function createScheduled(run: Prepared, communicator: Communicator): TrainingProbe {
  const { config, sources, stepConfig } = run;
  const { kinds, scheduledExamples, neighbors, strengths, batchSize } = config.evaluation;
  const fault = classificationFault(sources);
  if (fault !== undefined) {
    throw unusable([`evaluation.everySteps needs pictures with classes. ${fault}`]);
  }
  const probed = (part: Part) => ({
    open: () => evaluationLoader(part, streamsOf(config.seed).validation, run),
    indices: part.indices,
  });
  return trainingProbe({
    runner: engineOf(config),
    fitting: fittingEngineOf(config),
    model: stepConfig.model,
    classNames: sources.labelled!.dataset.classNames!,
    train: probed(limited(sources.labelled!, scheduledExamples)),
    validation: probed(sources.validation!),
    kinds,
    neighbors,
    strengths,
    batchSize,
    peers: evaluationPeersOf(communicator),
  });
}
