import { Command } from 'commander';
import { join } from 'node:path';
import { InputError } from '../config/config-error.js';
import { reconstructExample } from '../run/reconstruct-example.js';

/** Options of `m3ae reconstruct`. */
export interface ReconstructCommandOptions {
  readonly image?: string;
  readonly caption?: string;
  readonly out?: string;
  readonly seed: string;
  readonly imageMaskRatio?: string;
  readonly textMaskRatio?: string;
}

function ratioOf(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ratio = Number(value);
  if (value.trim() !== '' && ratio > 0 && ratio < 1) return ratio;
  throw new InputError([
    `--${name} must be above 0 and below 1; received ${value}. Write three quarters as 0.75.`,
  ]);
}

/** Runs `m3ae reconstruct`. */
export async function runReconstruct(folder: string, options: ReconstructCommandOptions): Promise<void> {
  const { image, caption, seed } = options;
  if (image === undefined && caption === undefined) {
    throw new InputError([
      'm3ae reconstruct needs --image, --caption or both; received neither. Write e.g. --image cat.png.',
    ]);
  }
  const number = Number(seed);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new InputError([`--seed must be an integer of at least 0; received ${seed}. Leave it out for 0.`]);
  }
  const imageMaskRatio = ratioOf('image-mask-ratio', options.imageMaskRatio);
  const textMaskRatio = ratioOf('text-mask-ratio', options.textMaskRatio);
  const out = options.out ?? join(folder, 'reconstruction.png');
  await reconstructExample(
    folder,
    { image, caption, out, seed: number, imageMaskRatio, textMaskRatio },
    (line) => console.log(line),
  );
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
    .action(runReconstruct);
}
