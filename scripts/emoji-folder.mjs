// Writes a folder of emoji with captions, laid out like one of your own: name.png beside name.txt.
//
//   node scripts/emoji-folder.mjs FOLDER [COUNT]
//
// For trying a guide where no pictures are at hand. The same count always gives the same pictures.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataset } from '@m3ae/datasets';
import { key, permutation } from '@m3ae/random';
import sharp from 'sharp';

const [folder, given = '400'] = process.argv.slice(2);
const count = Number(given);
const usage = 'Write e.g. node scripts/emoji-folder.mjs photos 400.';
if (folder === undefined) throw new RangeError(`FOLDER must be given; received nothing. ${usage}`);

const emoji = await openDataset({
  kind: 'emoji',
  split: 'all',
  vendors: ['noto'],
  size: 128,
  cacheFolder: '.cache/m3ae/emoji',
});
if (!Number.isInteger(count) || count < 1 || count > emoji.length) {
  throw new RangeError(`COUNT must be an integer from 1 to ${emoji.length}; received ${given}. ${usage}`);
}

mkdirSync(folder, { recursive: true });
for (const index of permutation(key(0), emoji.length).slice(0, count)) {
  const { data, width, height, channels } = await emoji.image(index);
  const caption = emoji.caption(index);
  const name = caption
    .split(',')[0]
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  const place = join(folder, `${name}-${index}`);
  await sharp(data, { raw: { width, height, channels } }).png().toFile(`${place}.png`);
  writeFileSync(`${place}.txt`, `${caption}\n`);
}
