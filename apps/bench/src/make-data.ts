import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tokenizer } from '@m3ae/preprocess';
import { foldIn, key, randomInteger, type RngKey, uniform } from '@m3ae/random';
import sharp from 'sharp';

/** Writes JPEG pictures of 500x400: soft random colors with some grain, which decode about as fast as photographs. */
export async function makePictures(folder: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const name = `${String(index).padStart(6, '0')}.jpg`;
    await writeFile(join(folder, name), await picture(foldIn(key(7), index)));
  }
}

async function picture(chance: RngKey): Promise<Buffer> {
  const coarse = Uint8Array.from(uniform(chance, 25 * 20 * 3), (value) => value * 255);
  const soft = await sharp(coarse, { raw: { width: 25, height: 20, channels: 3 } })
    .resize(500, 400, { kernel: 'cubic' })
    .raw()
    .toBuffer();
  const grain = uniform(foldIn(chance, 1), soft.length);
  const pixels = soft.map((value, i) => Math.max(0, Math.min(255, value + 24 * (grain[i]! - 0.5))));
  return sharp(pixels, { raw: { width: 500, height: 400, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer();
}

/**
 * Captions of 8 to 22 random words of the vocabulary, every fourth of them two words grown together.
 * No caption comes twice, and most words are rare, so that a tokenizer's memory of words helps it no more than on real text.
 */
export function makeCaptions(tokenizer: Tokenizer, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const chance = foldIn(key(8), index);
    const length = randomInteger(chance, 1, 8, 23)[0]!;
    // Below 2,000 lie the pieces without a word: unused places, letters, punctuation.
    const words = [...randomInteger(foldIn(chance, 1), 2 * length, 2000, tokenizer.vocabSize)].map((id) =>
      tokenizer.decode([id]).replace('##', ''),
    );
    return Array.from({ length }, (_unused, i) =>
      i % 4 === 3 ? words[2 * i]! + words[2 * i + 1]! : words[2 * i]!,
    ).join(' ');
  });
}
