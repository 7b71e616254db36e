import type { Command } from 'commander';
import { evaluationCommand, type EvaluationCommandOptions } from './evaluation-command.js';

/** Options of `m3ae finetune`. */
export interface FineTuneCommandOptions extends EvaluationCommandOptions {
  readonly epochs: string;
  readonly learningRate: string;
  readonly layerDecay: string;
}

/** The command `m3ae finetune`. */
export function finetuneCommand(): Command {
  return evaluationCommand(
    'finetune',
    "Fine-tuning: train a classifier from the run's encoder on, all of it, and measure it on unseen pictures.",
    [
      'npx @m3ae/trainer finetune runs/emoji-tiny',
      'npx @m3ae/trainer finetune runs/emoji-tiny --epochs 50 --layer-decay 0.65',
      'npx @m3ae/trainer finetune runs/emoji-tiny --epochs 100 --set augment.mixup=0.8 --set augment.cutmix=1',
    ],
  )
    .option('--epochs <count>', 'passes over the training part', '20')
    .option('--learning-rate <rate>', 'the peak rate of the last block and the head', '0.001')
    .option('--layer-decay <factor>', 'the rate of a block over that of the next; 1 for one rate', '0.75')
    .action(async (run: string, options: FineTuneCommandOptions) => {
      const { runFinetune } = await import('./run-finetune.js');
      await runFinetune(run, options);
    });
}
