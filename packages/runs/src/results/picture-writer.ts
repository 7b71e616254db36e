import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeWhole } from '@m3ae/checkpoint/files';
import { encodePng } from '@m3ae/datasets';
import type { RgbImage } from '@m3ae/preprocess';
import type { ResultsPlace } from '../results-place.js';

/**
 * Writes pictures beside the record of an evaluation; with the first one those of an earlier time go.
 *
 * @param name - Of the folder.
 * @returns Writes one, and gives its file as the record names it: from the folder `evaluations` of the run.
 */
export function pictureWriter({ folder, prefix }: ResultsPlace, name: string) {
  const parent = join(folder, name);
  let begun = false;
  return async (picture: Omit<RgbImage, 'channels'>, file: string): Promise<string> => {
    const png = await encodePng({ ...picture, channels: 3 });
    if (!begun) rmSync(parent, { recursive: true, force: true });
    begun = true;
    makeFolder(parent);
    writeWhole(join(parent, `${file}.png`), png);
    return `${prefix}${name}/${file}.png`;
  };
}
