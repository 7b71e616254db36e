import { expect, test } from 'vitest';
import { captionsOf, measureChannels, openFolder, trimVocabularyOf } from '../src/index.js';
import { key, permutation } from '@m3ae/random';
import sharp from 'sharp';
import { temporaryFolder } from './temporary.js';

const flat = (colour: string, side: number): Promise<Buffer> =>
  sharp({ create: { width: side, height: side, channels: 3, background: colour } })
    .png()
    .toBuffer();

test('channels: closed form for flat pictures, each counting alike whatever its size', async () => {
  const path = await temporaryFolder({
    'a.png': await flat('#ff0066', 4),
    'b.png': await flat('#000066', 40),
  });
  const dataset = await openFolder({ kind: 'folder', path, captions: 'none' });
  const { mean, std } = await measureChannels(dataset);
  [0.5, 0, 0.4].forEach((value, channel) => expect(mean[channel]).toBeCloseTo(value, 6));
  [0.5, 0, 0].forEach((value, channel) => expect(std[channel]).toBeCloseTo(value, 6));
  expect((await measureChannels(dataset, { limit: 1 })).mean[0]).toBeCloseTo(1, 6);
  await expect(measureChannels(dataset, { limit: 0 })).rejects.toThrow(
    'limit must be a positive integer; received 0.',
  );
});

test('channels: a key draws which pictures are looked at; those that cannot be read may be passed over', async () => {
  const path = await temporaryFolder({
    'a.png': await flat('#ff0000', 4),
    'b.png': await flat('#000000', 4),
  });
  const dataset = await openFolder({ kind: 'folder', path, captions: 'none' });
  const looked = async (seed: number) => {
    const { mean } = await measureChannels(dataset, { limit: 1, key: key(seed) });
    return mean[0]! > 0.5 ? 0 : 1;
  };
  for (const seed of [0, 1, 2, 3]) expect(await looked(seed)).toBe(permutation(key(seed), 2)[0]);
  const torn = {
    ...dataset,
    image: (i: number) => (i === 0 ? Promise.reject(new Error('torn')) : dataset.image(i)),
  };
  await expect(measureChannels(torn)).rejects.toThrow('torn');
  expect((await measureChannels(torn, { skipUnreadable: true })).mean[0]).toBe(0);
});

test('vocabulary: the pieces of the captions and the special ones', async () => {
  const picture = await flat('#ffffff', 4);
  const path = await temporaryFolder({
    'a.png': picture,
    'a.txt': 'a dog',
    'b.png': picture,
    'b.txt': 'A Dog, dogs!',
  });
  const dataset = await openFolder({ kind: 'folder', path });
  expect([...captionsOf(dataset)]).toEqual(['a dog', 'A Dog, dogs!']);
  const { mapping } = trimVocabularyOf(dataset);
  const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', '!', ',', 'a', 'dog', 'dogs'];
  expect([...mapping.pieces].sort()).toEqual([...pieces].sort());
  expect(trimVocabularyOf(dataset, { minimumCount: 2 }).mapping.pieces).toContain('dog');
  expect(trimVocabularyOf(dataset, { minimumCount: 2 }).mapping.pieces).not.toContain('dogs');
});
