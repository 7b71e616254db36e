import { optimizerRules } from '@m3ae/optim';
import { fineTuneLines } from '@m3ae/report';
import { limits } from '../config/limits.js';
import type { FineTuneResults } from '@m3ae/evaluation/probe';
import { fineTune, fineTuneFolder } from '../evaluation/fine-tune.js';
import { fineTuneConfig } from '../evaluation/fine-tune-config.js';
import type { OpenedRun } from '../evaluation/open-run.js';
import { aboveZero, valueOf } from './choices.js';
import { changesOf, type EvaluationCommandOptions, runEvaluation } from './run-evaluation.js';

/** Options of `m3ae finetune`. */
export interface FineTuneCommandOptions extends EvaluationCommandOptions {
  readonly epochs: string;
  readonly learningRate: string;
  readonly layerDecay: string;
}

/** Settings that the opened run and the fine-tuning share; the others are the fine-tuning's alone. */
const shared = /^(data|train\.threads|train\.engine|train\.backend|train\.device|evaluation|report)\b/;

/** Runs `m3ae finetune`. */
export async function runFinetune(path: string, options: FineTuneCommandOptions): Promise<void> {
  const changes = changesOf(options);
  const settings = {
    epochs: valueOf('--epochs', options.epochs, aboveZero(limits.epochs)),
    learningRate: valueOf('--learning-rate', options.learningRate, aboveZero(limits.rate)),
    layerDecay: valueOf('--layer-decay', options.layerDecay, optimizerRules.adamW.layerDecay),
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
