import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RgbImage, resize } from '@m3ae/preprocess';
import { key, uniform } from '@m3ae/random';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'm3ae-prepare-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A smooth picture of random colors, always the same for a seed. */
export function picture(seed: number, width: number, height: number): RgbImage {
  const data = Uint8Array.from(uniform(key(seed), 5 * 4 * 3), (value) => value * 256);
  return resize({ width: 4, height: 5, channels: 3, data }, { width, height });
}

/** Its file. */
export async function fileOf(
  { data, ...raw }: RgbImage,
  format: 'png' | 'jpeg' | 'tiff' = 'png',
): Promise<Buffer> {
  return sharp(data, { raw }).toFormat(format).toBuffer();
}

/** What a folder of pictures is made of. */
export interface Entry {
  readonly name: string;
  readonly file: Uint8Array;
  readonly caption?: string | readonly string[];
  readonly label?: string;
  readonly group?: string;
}

/** Writes pictures and the JSON lines that name them; returns the address. */
export function writePictures(folder: string, entries: readonly Entry[]): `jsonl:${string}` {
  mkdirSync(folder, { recursive: true });
  for (const { name, file } of entries) writeFileSync(join(folder, name), file);
  const lines = entries.map(({ name, caption, label, group }) =>
    JSON.stringify({ image: name, caption, label, group }),
  );
  writeFileSync(join(folder, 'captions.jsonl'), `${lines.join('\n')}\n`);
  return `jsonl:${join(folder, 'captions.jsonl')}`;
}
