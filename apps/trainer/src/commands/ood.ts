import type { Command } from 'commander';
import { evaluationCommand, type EvaluationCommandOptions } from './evaluation-command.js';

/** Options of `m3ae ood`. */
export interface OutlierCommandOptions extends EvaluationCommandOptions {
  readonly features: string;
  readonly scores?: string;
  readonly builtIn?: boolean;
}

/** The command `m3ae ood`. */
export function oodCommand(): Command {
  return evaluationCommand(
    'ood',
    'Out-of-distribution detection: how well the model notices pictures unlike those it was trained on.',
    [
      'npx @m3ae/trainer ood runs/emoji-tiny',
      'npx @m3ae/trainer ood runs/emoji-tiny --scores mahalanobis,energy --features cls',
      `npx @m3ae/trainer ood runs/photos --set 'evaluation.outliers=[{"kind":"folder","path":"./other-photos"}]'`,
    ],
  )
    .option('--features <name>', 'mean, cls, both or pixels', 'mean')
    .option(
      '--scores <names>',
      'of maximumSoftmax, energy, mahalanobis, relativeMahalanobis, neighbourDistance, with commas; by default all',
    )
    .option(
      '--built-in',
      'compare with flags, OpenMoji, logos and circular flags too; a run that learned from emoji always does',
    )
    .action(async (run: string, options: OutlierCommandOptions) => {
      const { runOod } = await import('./run-ood.js');
      await runOod(run, options);
    });
}
