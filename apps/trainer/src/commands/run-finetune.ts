import { checkOptions, number, record, typed } from '@m3ae/errors/rules';
import { optimizerRules } from '@m3ae/optim';
import { fineTuneLines } from '@m3ae/report';
import { limits } from '../config/limits.js';
import type { FineTuneResults } from '@m3ae/evaluation/probe';
import { fineTune, fineTuneFolder } from '../evaluation/fine-tune.js';
import { fineTuneConfig } from '../evaluation/fine-tune-config.js';
import type { OpenedRun } from '../evaluation/open-run.js';
import { changesOf, type EvaluationCommandOptions, runEvaluation } from './run-evaluation.js';

/** Options of `m3ae finetune`. */
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

/** Runs `m3ae finetune`. */
export async function runFinetune(path: string, options: FineTuneCommandOptions): Promise<void> {
  const changes = changesOf(options);
  const read = checkOptions(rules, {
    '--epochs': typed(options.epochs),
    '--learning-rate': typed(options.learningRate),
    '--layer-decay': typed(options.layerDecay),
  });
  const settings = {
    epochs: read['--epochs'],
    learningRate: read['--learning-rate'],
    layerDecay: read['--layer-decay'],
    changes: changes.filter((change) => !change.startsWith('data.')), // already in the run's config
  };
  const configOf = (run: OpenedRun) => fineTuneConfig(run, settings);
  await runEvaluation<FineTuneResults>(
    path,
    { ...options, set: options.set.filter((change) => shared.test(change)) },
    {
      name: 'finetune',
      settings: (run) => {
        const { model, augment, optimizer, train } = configOf(run);
        return { model, augment, optimizer, train };
      },
      evaluate: ({ run, progress, place }) =>
        fineTune(configOf(run), fineTuneFolder(run.folder, place), progress),
      print: fineTuneLines,
    },
  );
}
