import { latestCheckpoint, makeFolder } from '@m3ae/checkpoint/files';
import { singleProcess } from '@m3ae/distributed';
import { classificationReport } from '@m3ae/evaluation/classification';
import { type FineTuneResults, mistakesOf, testSplits } from '@m3ae/evaluation/probe';
import type { NdArray, Tree } from '@m3ae/tree';
import { join } from 'node:path';
import type { Progress } from '@m3ae/logging';
import { clearRunFolder, type ResultsPlace } from '@m3ae/runs';
import { Interrupted } from '../commands/exit-codes.js';
import type { TrainerConfig } from '../config/schema.js';
import { checkBeforeTraining } from '../run/before-training.js';
import { prepare } from '../run/prepare.js';
import { pretrain } from '../run/pretrain.js';
import { commonStop } from '../run/ranks.js';
import { listenForStop } from '../run/stop-signal.js';
import { encodeParts, type EncodedPart } from './encode-parts.js';
import { labelledParts } from './labelled-parts.js';
import { weightsOf } from './open-run.js';

/** Where the fine-tuned model of a run lies; one whose results stand aside does not take its place. */
export function fineTuneFolder(folder: string, { prefix }: ResultsPlace): string {
  return join(folder, `finetune${prefix === '' ? '' : `-${prefix.slice(0, -1)}`}`);
}

/**
 * Trains a classifier from a run's encoder on, and measures its own head on the test parts after the last step.
 *
 * @param config - From `fineTuneConfig`.
 * @param folder - From {@link fineTuneFolder}; what an earlier fine-tuning left there goes.
 * @throws InvalidInput if the pictures have no classes, or a part is empty.
 */
export async function fineTune(
  config: TrainerConfig,
  folder: string,
  progress: Progress,
): Promise<FineTuneResults> {
  const prepared = await prepare(config, progress);
  checkBeforeTraining(config, prepared.stepConfig, progress);
  const { train, validation, tests } = labelledParts(prepared.sources, config);
  makeFolder(folder);
  clearRunFolder(folder);
  const signals = listenForStop(() => progress.say('Stopping after this step. The fine-tuning starts over.'));
  const stop = commonStop(singleProcess(), signals.signal);
  const result = await pretrain(prepared, { folder, progress, stop }).finally(() => signals.release());
  if (result.interrupted) throw new Interrupted('Stopped by the user.');
  const encodable = {
    ...prepared,
    folder,
    weights: await weightsOf((await latestCheckpoint(folder))!.folder),
    model: prepared.stepConfig.model,
    params: result.snapshot.state.params as Tree<NdArray>,
  };
  const encoded = await encodeParts(encodable, [validation, ...tests], ['mean'], progress);
  const names = train.dataset.classNames!;
  const reportOf = ({ features, labels }: EncodedPart) =>
    classificationReport(features.logits!, labels, names);
  const [chosen, ...others] = encoded;
  const reports = others.map((part) => [part.name, reportOf(part)] as const);
  const labels = Int32Array.from(train.indices, (index) => train.dataset.labels![index]!);
  return {
    folder,
    steps: result.snapshot.step,
    classes: new Set(labels).size,
    classNames: names,
    trainExamples: labels.length,
    validation: reportOf(chosen!).top1,
    parts: testSplits(others, labels, names.length),
    tests: Object.fromEntries(reports.map(([name, { top1, top5 }]) => [name, { top1, top5 }])),
    details: Object.fromEntries(reports.map(([name, report]) => [name, mistakesOf(report)])),
  };
}
