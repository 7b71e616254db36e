import { latestCheckpoint, makeFolder } from '@m3ae/checkpoint/files';
import { commonStop, singleProcess } from '@m3ae/distributed';
import { encodeSplits, headResults, withPictureEncoder } from '@m3ae/evaluation/model';
import type { FineTuneResults } from '@m3ae/evaluation/probe';
import type { Progress } from '@m3ae/logging';
import { clearRunFolder, listenForStop, type ResultsPlace, weightsOf } from '@m3ae/runs';
import { join } from 'node:path';
import { Interrupted } from '../commands/exit-codes.js';
import type { TrainerConfig } from '../config/schema.js';
import { checkBeforeTraining } from '../run/before-training.js';
import { prepare } from '../run/prepare.js';
import { pretrain } from '../run/pretrain.js';
import { labeledOf, readOptions, trainedModel } from './opened-model.js';

/** Where the fine-tuned model of a run lies; one whose results stand aside does not take its place. */
export function fineTuneFolder(folder: string, { prefix }: ResultsPlace): string {
  return join(folder, `finetune${prefix === '' ? '' : `-${prefix.slice(0, -1)}`}`);
}

/**
 * Trains a classifier from a run's encoder on, and measures its own head on the test splits after the last step.
 *
 * @param config - From `fineTuneConfig`.
 * @param folder - From {@link fineTuneFolder}; what an earlier fine-tuning left there goes.
 * @throws InvalidInput if the pictures have no classes, or a split is empty.
 */
export async function fineTune(
  config: TrainerConfig,
  folder: string,
  progress: Progress,
): Promise<FineTuneResults> {
  const prepared = await prepare(config, progress);
  checkBeforeTraining(config, prepared.stepConfig, progress);
  const { train, validation, tests } = labeledOf(prepared.sources, config);
  makeFolder(folder);
  clearRunFolder(folder);
  const signals = listenForStop(() => progress.say('Stopping after this step. The fine-tuning starts over.'));
  const stop = commonStop(singleProcess(), signals.signal);
  const result = await pretrain(prepared, { folder, progress, stop }).finally(() => signals.release());
  if (result.interrupted) throw new Interrupted('Stopped by the user.');
  const { step, state } = result.snapshot;
  const weights = await weightsOf((await latestCheckpoint(folder))!.folder);
  const model = trainedModel(prepared, { name: folder, weights, params: state.params });
  const options = readOptions({ config, folder, model }, progress);
  const encoded = await withPictureEncoder(model, options.runner, (encoder) =>
    encodeSplits(encoder, [validation, ...tests], ['mean'], options),
  );
  return { folder, steps: step, ...headResults(train, encoded) };
}
