import { join } from 'node:path';
import { InputError } from '../config/config-error.js';
import { reconstructExample } from '../run/reconstruct-example.js';
import type { ReconstructCommandOptions } from './reconstruct.js';

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
