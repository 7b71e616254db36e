import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { foldIn, key, permutation, randomInteger, uniform } from '@m3ae/random';
import sharp from 'sharp';

const words = (
  'a the two small old red green blue white black cat dog bird horse child woman man boat train house garden street ' +
  'mountain river beach table chair window lamp book bottle sits runs stands looks plays rests near under beside above ' +
  'behind with without in on of and while photograph drawing painting sunset morning winter summer crowd market'
).split(' ');

/**
 * Writes JPEG pictures of 500x400 with a caption each: soft random colours with some grain, which decode about as
 * fast as photographs.
 *
 * @returns The captions, mean 15 words.
 */
export async function makePictures(folder: string, count: number): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const captions: string[] = [];
  for (let index = 0; index < count; index++) {
    const chance = foldIn(key(7), index);
    const name = join(folder, String(index).padStart(6, '0'));
    await writeFile(`${name}.jpg`, await picture(chance));
    const caption = captionOf(chance);
    await writeFile(`${name}.txt`, caption);
    captions.push(caption);
  }
  return captions;
}

async function picture(chance: ReturnType<typeof foldIn>): Promise<Buffer> {
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

function captionOf(chance: ReturnType<typeof foldIn>): string {
  const length = 8 + randomInteger(foldIn(chance, 2), 1, 0, 15)[0]!;
  return [...permutation(foldIn(chance, 3), words.length).subarray(0, length)].map((i) => words[i]).join(' ');
}
