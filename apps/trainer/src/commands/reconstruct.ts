import type { Command } from 'commander';
import { evaluationCommand, type EvaluationCommandOptions } from './evaluation-command.js';

/** Options of `m3ae reconstruct`. */
export interface ReconstructCommandOptions extends EvaluationCommandOptions {
  readonly image?: string;
  readonly caption?: string;
  readonly out?: string;
  readonly seed: string;
  readonly examples?: string;
  readonly imageMaskRatio?: string;
  readonly textMaskRatio?: string;
}

/** The command `m3ae reconstruct`. */
export function reconstructCommand(): Command {
  return evaluationCommand(
    'reconstruct',
    'Hide most of pictures and captions and let a trained model rebuild them: unseen examples, or your own.',
    [
      'npx @m3ae/trainer reconstruct runs/emoji-tiny',
      'npx @m3ae/trainer reconstruct runs/emoji-tiny --image cat.png --caption "cat face"',
      'npx @m3ae/trainer reconstruct runs/emoji-tiny --caption "grinning face happy smile"',
    ],
  )
    .option('--image <file>', 'a picture: JPEG, PNG, WebP, …')
    .option('--caption <text>', 'a caption; alone, or with the picture it describes')
    .option(
      '--out <file>',
      'where to write original, hidden and rebuilt; by default reconstruction.png in the run folder',
    )
    .option(
      '--image-mask-ratio <share>',
      'share of the picture to hide; by default report.maskRatio of the config',
    )
    .option(
      '--text-mask-ratio <share>',
      'share of the caption to hide; by default report.textMaskRatio of the config',
    )
    .option('--examples <count>', 'unseen examples in the gallery; by default report.examples of the config')
    .option('--seed <number>', 'which parts of your own example are hidden', '0')
    .action(async (run: string, options: ReconstructCommandOptions) => {
      const { runReconstruct } = await import('./run-reconstruct.js');
      await runReconstruct(run, options);
    });
}
