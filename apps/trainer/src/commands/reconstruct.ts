import { Command } from 'commander';

/** Options of `m3ae reconstruct`. */
export interface ReconstructCommandOptions {
  readonly image?: string;
  readonly caption?: string;
  readonly out?: string;
  readonly seed: string;
  readonly imageMaskRatio?: string;
  readonly textMaskRatio?: string;
}

/** The command `m3ae reconstruct`. */
export function reconstructCommand(): Command {
  return new Command('reconstruct')
    .description('Hide most of a picture, of a caption or of both, and let a trained model rebuild them.')
    .argument('<run>', 'a run folder, e.g. runs/emoji-tiny')
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
    .option('--seed <number>', 'which parts are hidden', '0')
    .addHelpText(
      'after',
      `
Examples:
  $ m3ae reconstruct runs/emoji-tiny --image cat.png --caption "cat face"
  $ m3ae reconstruct runs/emoji-tiny --caption "grinning face happy smile"`,
    )
    .action(async (run: string, options: ReconstructCommandOptions) => {
      const { runReconstruct } = await import('./run-reconstruct.js');
      await runReconstruct(run, options);
    });
}
