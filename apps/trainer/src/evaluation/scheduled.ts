import { type DataSplit, limited, openSplit, whyUnclassified } from '@m3ae/evaluation/model';
import { type TrainingProbe, trainingProbe } from '@m3ae/evaluation/probe';
import { layoutOf } from '@m3ae/runs/model';
import { type Communicator, gatheringPeers } from '@m3ae/distributed';
import { unusable } from '@m3ae/errors';
import { engineOf, fittingEngineOf } from '../run/engine.js';
import type { Prepared } from '../run/prepare.js';
import { classesPath } from './opened-model.js';

/**
 * Prepares what `evaluation.everySteps` asks for. It draws nothing from the streams of training, so that the run is the
 * same with it and without.
 *
 * @param communicator - Ranks that encode together, all of which call `measure`; rank 0 alone has values.
 * @returns Null where it asks for nothing.
 * @throws InvalidInput if the pictures have no classes, or none were kept apart.
 */
export function createScheduled(run: Prepared, communicator: Communicator): TrainingProbe | null {
  const { config, sources, stepConfig } = run;
  const { kinds, scheduledExamples, neighbors, l2, batchSize } = config.evaluation;
  if (config.evaluation.everySteps === undefined) return null;
  const fault = whyUnclassified(sources, classesPath);
  if (fault !== undefined) {
    throw unusable([`evaluation.everySteps needs pictures with classes. ${fault}`]);
  }
  const image = layoutOf(config, run.statistics);
  const probed = (split: DataSplit) => ({
    open: () => openSplit({ image }, split, config.data.maxBadShare),
    indices: split.indices,
  });
  return trainingProbe({
    runner: engineOf(config),
    fitting: fittingEngineOf(config),
    model: stepConfig.model,
    classNames: sources.labeled!.dataset.classNames!,
    train: probed(limited(sources.labeled!, scheduledExamples)),
    validation: probed(sources.validation!),
    kinds,
    neighbors,
    l2,
    batchSize,
    peers: gatheringPeers(communicator),
  });
}
