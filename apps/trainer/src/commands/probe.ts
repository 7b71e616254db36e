import type { Command } from 'commander';
import { evaluationCommand, type EvaluationCommandOptions } from './evaluation-command.js';

/** Options of `m3ae probe`. */
export interface ProbeCommandOptions extends EvaluationCommandOptions {
  readonly features: string;
  readonly strengths?: string;
  readonly reference?: boolean;
  readonly epochs?: string;
  readonly batch?: string;
}

/** The command `m3ae probe`. */
export function probeCommand(): Command {
  return evaluationCommand(
    'probe',
    'Linear probe: how well a linear classifier on the frozen encoder names the classes of unseen pictures.',
    [
      'npx @m3ae/trainer probe runs/emoji-tiny',
      'npx @m3ae/trainer probe runs/emoji-tiny --features mean --strengths 0.001,0.0003',
      'npx @m3ae/trainer probe runs/emoji-tiny --reference --features cls --batch 256',
      'npx @m3ae/trainer probe runs/emoji-tiny/checkpoints/step-00001000 --json',
    ],
  )
    .option(
      '--features <names>',
      'of mean, cls, both, pixels, with commas; raw pixels are always measured beside them',
      'mean,cls,both,pixels',
    )
    .option(
      '--strengths <numbers>',
      'penalties to choose from on the validation part; by default those of the config',
    )
    .option('--reference', "the paper's probe instead: batch normalisation, LARS, the last epoch")
    .option('--epochs <count>', 'with --reference: passes over the training part; by default 90')
    .option('--batch <count>', 'with --reference: examples of an update; by default 2048')
    .action(async (run: string, options: ProbeCommandOptions) => {
      const { runProbe } = await import('./run-probe.js');
      await runProbe(run, options);
    });
}
