import { join } from 'node:path';
import { measureChannels, openDataset } from '@m3ae/datasets';
import { InvalidInput } from '@m3ae/errors';
import { expect, test } from 'vitest';
import { inspectSources } from '../src/index.js';
import { fileOf, picture, temporaryFolder, writePictures } from './pictures.js';

test('counts sizes, shapes, words, classes and problems', async () => {
  const folder = temporaryFolder();
  const file = await fileOf(picture(0, 64, 48));
  const source = writePictures(join(folder, 'in'), [
    { name: 'wide.png', file: await fileOf(picture(1, 300, 90)), caption: 'one', label: 'a' },
    { name: 'first.png', file, caption: ['two words', '三个词在这里'], label: 'b' },
    { name: 'broken.png', file: file.subarray(0, 99), caption: '', label: 'b' },
    {
      name: 'again.jpg',
      file: await fileOf(picture(0, 128, 96), 'jpeg'),
      caption: 'four words are here',
      label: 'b',
    },
  ]);
  const { examples, pictures, captions, classes, samples } = await inspectSources([source]);
  expect(examples).toBe(4);
  expect(classes).toEqual([
    { name: 'a', count: 1 },
    { name: 'b', count: 3 },
  ]);
  expect(pictures.read).toBe(3);
  const sides = Object.fromEntries(
    pictures.shorterSides.edges.map((edge, at) => [edge, pictures.shorterSides.counts[at]]),
  );
  expect(sides).toMatchObject({ 0: 0, 32: 1, 64: 2, 128: 0 });
  expect(pictures.aspects.counts.reduce((sum, count) => sum + count)).toBe(3);
  expect(pictures.aspects.counts.at(-1)).toBe(1); // 300 x 90 is wider than 3 to 1
  expect(captions).toMatchObject({ count: 4, missing: 1 });
  expect(captions.words.counts.slice(1, 5)).toEqual([1, 1, 1, 1]); // 1; 2; 3 or 4; from 5 on: 三, 个, 词, 在, 这里
  expect(pictures.unreadable).toMatchObject({ count: 1, first: [{ place: 'broken.png' }] });
  expect(pictures.duplicates.first).toEqual([{ place: 'again.jpg', detail: 'looks like first.png' }]);
  expect(samples.map(({ place }) => place)).toEqual(['wide.png', 'first.png', 'again.jpg']);
  expect(samples[1]!.captions).toEqual(['two words', '三个词在这里']);
});

test('channels are those of measureChannels; pictures are spread evenly', async () => {
  const folder = temporaryFolder();
  const files = await Promise.all(Array.from({ length: 6 }, (_, at) => fileOf(picture(at, 20, 20))));
  const source = writePictures(
    join(folder, 'in'),
    files.map((file, at) => ({ name: `${at}.png`, file })),
  );
  const { pictures } = await inspectSources([source]);
  const measured = await measureChannels(await openDataset(source));
  expect(pictures.channels.mean).toEqual(measured.mean.map((value) => expect.closeTo(value, 12)));
  expect(pictures.channels.std).toEqual(measured.std.map((value) => expect.closeTo(value, 12)));
  const few = await inspectSources([source], { pictures: 3, samples: 3 });
  expect(few.samples.map(({ place }) => place)).toEqual(['0.png', '2.png', '4.png']);
});

test('bad options are refused', async () => {
  await expect(inspectSources(['folder:x'], { pictures: 0 })).rejects.toThrow(InvalidInput);
  await expect(inspectSources(['folder:x'], { picture: 5, samples: 0 } as object)).rejects.toThrow(
    /picture must be a known option.*\nsamples must be/s,
  );
});
