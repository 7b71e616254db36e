import { expect, test } from 'vitest';
import { denormalize, flipHorizontal, normalize, normalizedPatches, patchify, toRgb } from '../src/index.js';
import { bytesOf, distance, imageOf, readFixture, type StoredImage } from './fixtures.js';

// Expected values by torchvision, scikit-image and Pillow: fixtures/make-images.py.
const { colors, normalized, flip } = readFixture<{
  colors: Record<'rgba' | 'cmyk', StoredImage> &
    Record<'rgbaResult' | 'cmykResult' | 'cmykInvertedResult', string>;
  normalized: { image: StoredImage; mean: number[]; std: number[]; values: string };
  flip: { image: StoredImage };
}>('images.json');
const { mean, std } = normalized;

function threeChannels(result: string) {
  return { width: 24, height: 24, channels: 3, data: bytesOf(result) } as const;
}

test('alpha over white equals scikit-image within 1', () => {
  expect(distance(toRgb(imageOf(colors.rgba)), threeChannels(colors.rgbaResult))).toBeLessThanOrEqual(1);
});

test('CMYK equals Pillow, plain and inverted', () => {
  const image = imageOf(colors.cmyk) as ReturnType<typeof imageOf> & { channels: 4 };
  expect(distance(toRgb(image, { cmyk: 'plain' }), threeChannels(colors.cmykResult))).toBe(0);
  expect(distance(toRgb(image, { cmyk: 'inverted' }), threeChannels(colors.cmykInvertedResult))).toBe(0);
});

test.each([
  [1, [0, 7, 255], {}, [0, 0, 0, 7, 7, 7, 255, 255, 255]],
  [2, [10, 255, 10, 0, 0, 128], {}, [10, 10, 10, 255, 255, 255, 127, 127, 127]],
  [2, [10, 0], { background: 0 }, [0, 0, 0]],
  [3, [1, 2, 3], {}, [1, 2, 3]],
  [4, [1, 2, 3, 255, 9, 9, 9, 0], {}, [1, 2, 3, 255, 255, 255]],
  [4, [1, 2, 3, 0], { background: 40 }, [40, 40, 40]],
  [4, [0, 0, 0, 0, 0, 0, 0, 255], { cmyk: 'plain' as const }, [255, 255, 255, 0, 0, 0]],
])('%d channels %o with %o', (channels, values, options, expected) => {
  const image = {
    width: values.length / channels,
    height: 1,
    channels: channels as 1,
    data: Uint8Array.from(values),
  };
  expect([...toRgb(image, options).data]).toEqual(expected);
});

test('bad options of toRgb are refused', () => {
  const image = { width: 1, height: 1, channels: 1, data: Uint8Array.of(3) } as const;
  expect(() => toRgb(image, { background: 256 })).toThrow(
    'background must be a whole number from 0 to 255; received 256. White is 255.',
  );
  expect(() => toRgb(image, { cmyk: 'plain' })).toThrow(
    'cmyk must be false unless the image has 4 channels; received plain. Read the color space from the file.',
  );
});

test('normalize equals ToTensor and Normalize of torchvision, bit for bit', () => {
  const expected = new Float32Array(bytesOf(normalized.values).buffer);
  expect(normalize(imageOf(normalized.image), mean, std)).toEqual(expected);
});

test.each([1, 3, 4] as const)(
  'normalizedPatches is patchify of normalize, %d channels, at its offset',
  (channels) => {
    const data = Uint8Array.from({ length: 6 * 4 * channels }, (_, i) => (i * 37) % 256);
    const image = { width: 6, height: 4, channels, data };
    const [center, spread] = [
      [0.1, 0.2, 0.3, 0.4].slice(0, channels),
      [0.5, 0.6, 0.7, 0.8].slice(0, channels),
    ];
    const expected = patchify(normalize(image, center, spread), { ...image, patchSize: 2 });
    const options = { patchSize: 2, mean: center, std: spread };
    expect(normalizedPatches(image, options)).toEqual(expected);
    const mirrored = normalizedPatches(flipHorizontal(image), options);
    expect(normalizedPatches(image, { ...options, mirror: true })).toEqual(mirrored);
    const target = new Float32Array(data.length + 7);
    expect(normalizedPatches(image, options, target, 5)).toBe(target);
    expect(target.subarray(5, 5 + data.length)).toEqual(expected);
    expect([...target.subarray(0, 5), ...target.subarray(-2)]).toEqual([0, 0, 0, 0, 0, 0, 0]);
  },
);

test('denormalize undoes normalize, and clips', () => {
  const image = imageOf(normalized.image);
  expect(denormalize(normalize(image, mean, std), mean, std)).toEqual(image.data);
  expect([...denormalize(Float32Array.of(-9, 9, 0), [0.5], [1])]).toEqual([0, 255, 128]);
});

test('statistics that do not fit are refused', () => {
  const image = imageOf(flip.image);
  expect(() => normalize(image, [0.5], std)).toThrow(
    'mean must be 3 finite numbers, one per channel; received [0.5]. Values count from 0 to 1.',
  );
  expect(() => normalize(image, mean, [1, 0, 1])).toThrow(
    'std must be 3 numbers above 0, one per channel; received [1,0,1]. Values count from 0 to 1.',
  );
  expect(() => normalizedPatches(image, { patchSize: 1, mean, std }, new Float32Array(46), 2)).toThrow(
    'offset must be an integer from 0 to target.length - 45 = 1; received 2. Make the target large enough for the whole batch.',
  );
  expect(() => denormalize(new Float32Array(4), mean, std)).toThrow(
    'values must be a multiple of the 3 channels long; received 4. The channel must be the last axis.',
  );
});
