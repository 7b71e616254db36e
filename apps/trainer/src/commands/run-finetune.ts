import { join } from 'node:path';
import { checkOptions, number, type OutputOf, record, typed } from '@m3ae/errors/rules';
import { optimizerRules } from '@m3ae/optim';
import { fineTuneLines } from '@m3ae/report';
import type { FineTuneResults } from '@m3ae/evaluation/probe';
import { latestCheckpoint, makeFolder } from '@m3ae/checkpoint/files';
import { commonStop, singleProcess } from '@m3ae/distributed';
import { encodeSplits, headResults, withPictureEncoder } from '@m3ae/evaluation/model';
import type { Progress } from '@m3ae/logging';
import { clearRunFolder, listenForStop, type ResultsPlace, weightsOf } from '@m3ae/runs';
import { limits } from '../config/limits.js';
import type { OpenedRun } from '../evaluation/open-run.js';
import { applyOverrides, resolveConfig } from '../config/resolve.js';
import type { TrainerConfig } from '../config/schema.js';
import { Interrupted } from '../console.js';
import { checkBeforeTraining } from '../run/checks.js';
import { prepare } from '../run/prepare.js';
import { pretrain } from '../run/pretrain.js';
import { labeledOf, readOptions, trainedModel } from '../evaluation/opened-model.js';
import { changesOf, type EvaluationCommandOptions, runEvaluation } from './run-evaluation.js';

export interface FineTuneCommandOptions extends EvaluationCommandOptions {
  readonly epochs: string;
  readonly learningRate: string;
  readonly layerDecay: string;
}

/** Settings that the opened run and the fine-tuning share; the others are the fine-tuning's alone. */
const shared = /^(data|train\.threads|train\.engine|train\.backend|train\.device|evaluation|report)\b/;

const rules = record({
  '--epochs': number({ above: 0, limit: limits.epochs }, 'Passes over the training part, e.g. 20.'),
  '--learning-rate': number({ above: 0, limit: limits.rate }, 'The peak rate of the last block, e.g. 0.001.'),
  '--layer-decay': optimizerRules.adamW.layerDecay,
});

export async function runFinetune(path: string, options: FineTuneCommandOptions): Promise<void> {
  const read = checkOptions(rules, {
    '--epochs': typed(options.epochs),
    '--learning-rate': typed(options.learningRate),
    '--layer-decay': typed(options.layerDecay),
  });
  const others = changesOf(options).filter((change) => !change.startsWith('data.')); // those are in the run's config already
  const configOf = (run: OpenedRun) => fineTuneConfig(run, read, others);
  await runEvaluation<FineTuneResults>(
    path,
    { ...options, set: options.set.filter((change) => shared.test(change)) },
    {
      name: 'finetune',
      settings: (run) => {
        const { model, augment, optimizer, train } = configOf(run);
        return { model, augment, optimizer, train };
      },
      evaluate: ({ run, progress, place }) => fineTune(configOf(run), run.folder, place, progress),
      print: fineTuneLines,
    },
  );
}

/**
 * The config of a fine-tuning run: a classifier on the run's encoder, its data and its sizes.
 *
 * The recipe is MAE's, AdamW with b2 0.999, layer-wise decay by the true depth, smoothed labels, drop path that rises
 * with depth, but without mixup and CutMix: in few passes over few pictures they keep a small model from learning.
 *
 * @see He et al., Masked Autoencoders Are Scalable Vision Learners, appendix A.1, https://arxiv.org/abs/2111.06377
 */
function fineTuneConfig(
  { config, checkpoint, model: { image: prepared } }: OpenedRun,
  read: OutputOf<typeof rules>,
  changes: readonly string[],
): TrainerConfig {
  const { name, seed, data, image, text, model, train, evaluation, report } = config;
  const { steps: _steps, ...kept } = train;
  const { textHeadBias: _textHeadBias, ...sizes } = model;
  const input = {
    name: `${name ?? 'run'}-finetuned`,
    method: 'supervised',
    initialize: { run: checkpoint },
    seed,
    data: { ...data, extra: [], unpairedText: null, strategy: 'pairedPlusText', pairedShare: 1, dropText: 0 },
    image: { ...image, mean: [...prepared.mean], std: [...prepared.std] },
    text,
    model: { ...sizes, dropPath: 0.1, dropPathSchedule: 'linear' },
    augment: { mixup: 0, cutmix: 0, switchProbability: 0.5, labelSmoothing: 0.1 },
    optimizer: {
      peakLearningRate: read['--learning-rate'],
      learningRatePer: 'batch',
      warmup: { share: 0.1 },
      b2: 0.999,
      weightDecay: 0.05,
      clipNorm: 1,
      layerDecay: read['--layer-decay'],
    },
    train: { ...kept, accumulate: 1, epochs: read['--epochs'] },
    log: { tensorboard: false },
    checkpoint: { everySteps: 1_000_000, keepLast: 1, keepBest: 0 },
    evaluation,
    report,
  };
  return resolveConfig(applyOverrides(input, changes));
}

/**
 * Trains a classifier from a run's encoder on, and measures its own head on the test splits after the last step. It lies in the folder of
 * the run in place of an earlier one, unless its results stand aside.
 */
async function fineTune(
  config: TrainerConfig,
  run: string,
  { prefix }: ResultsPlace,
  progress: Progress,
): Promise<FineTuneResults> {
  const folder = join(run, `finetune${prefix === '' ? '' : `-${prefix.slice(0, -1)}`}`);
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
