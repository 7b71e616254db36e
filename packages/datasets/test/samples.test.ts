import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { createLoader, decodeImage } from '../src/index.js';
import { key } from '@m3ae/random';
import { pngOf } from './pictures.js';
import { temporaryFolder } from './temporary.js';
import { tiffOf } from './tiff.js';

/** Eight pixels that rise from black to `white` in even steps. */
const ramp = (white: number, channels = 1): number[] =>
  Array.from({ length: 8 * channels }, (_, at) => (white * Math.floor(at / channels)) / 7);
/** The same in 8 bits: what every picture of a known range must become. */
const rising = Array.from({ length: 24 }, (_, at) => (255 * Math.floor(at / 3)) / 7);

/** Largest difference from it. */
const farthest = (data: Uint8Array): number =>
  Math.max(...Array.from(data, (value, at) => Math.abs(value - rising[at]!)));

describe('a known range is scaled', () => {
  test.each([
    ['8 bits', { bits: 8, format: 1, channels: 1, samples: Uint8Array.from(ramp(255)) }],
    ['16 bits, grey', { bits: 16, format: 1, channels: 1, samples: Uint16Array.from(ramp(65_535)) }],
    ['16 bits, RGB', { bits: 16, format: 1, channels: 3, samples: Uint16Array.from(ramp(65_535, 3)) }],
  ] as const)('%s', async (_, samples) => {
    const { data } = await decodeImage(tiffOf(samples));
    expect(data.length).toBe(24);
    // Half a level for rounding to 8 bits, half a level for libvips, which cuts 16 bits to 8.
    expect(farthest(data)).toBeLessThanOrEqual(1);
  });

  test('16 bits that are dark, but not as dark as 12 bits in 16', async () => {
    const samples = Uint16Array.from(ramp(65_535 / 10));
    const { data } = await decodeImage(tiffOf({ bits: 16, format: 1, channels: 1, samples }));
    expect(data.at(-1)).toBe(25);
  });

  test('black is black in any number of bits', async () => {
    const samples = new Uint16Array(8);
    const { data } = await decodeImage(tiffOf({ bits: 16, format: 1, channels: 1, samples }));
    expect([...data]).toEqual(new Array(24).fill(0));
  });

  test('AVIF of 10 bits', async () => {
    const samples = Uint16Array.from({ length: 3 * 64 * 64 }, () => 0x8000);
    const grey = sharp(samples, { raw: { width: 64, height: 64, channels: 3 } }).toColourspace('rgb16');
    const bytes = await grey.avif({ bitdepth: 10, quality: 90 }).toBuffer();
    expect((await sharp(bytes).metadata()).bitsPerSample).toBe(10);
    const { data } = await decodeImage(bytes);
    data.forEach((value) => expect(Math.abs(value - 128)).toBeLessThanOrEqual(2));
  });
});

describe('an unknown range is unreadable, with its reason', () => {
  test.each([
    ['12 bits in 16', 16, 1, Uint16Array.from(ramp(4095)), /16-bit samples end at 4095/],
    ['floating point, 0 to 1', 32, 3, Float32Array.from(ramp(1)), /floating-point numbers/],
    ['floating point, 0 to 255', 32, 3, Float32Array.from(ramp(255)), /floating-point numbers/],
    ['32 bits, signed', 32, 2, Int32Array.from(ramp(2 ** 31 - 1)), /signed 32-bit integers/],
    ['32 bits', 32, 1, Uint32Array.from(ramp(2 ** 32 - 1)), /32-bit integers/],
    ['16 bits, signed', 16, 2, Int16Array.from(ramp(2 ** 15 - 1)), /signed 16-bit integers/],
    ['8 bits, signed', 8, 2, Int8Array.from(ramp(127)), /signed 8-bit integers/],
  ] as const)('%s', async (_, bits, format, samples, reason) => {
    const bytes = tiffOf({ bits, format, channels: 1, samples });
    await expect(decodeImage(bytes)).rejects.toThrow(reason);
    await expect(decodeImage(bytes)).rejects.toMatchObject({ name: 'InvalidInput' });
  });

  test('12 bits in 16, in three channels and in a PNG', async () => {
    const samples = Uint16Array.from(ramp(4095, 3));
    const tiff = tiffOf({ bits: 16, format: 1, channels: 3, samples });
    const png = await sharp(samples, { raw: { width: 4, height: 2, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    for (const bytes of [tiff, png]) {
      await expect(decodeImage(bytes)).rejects.toThrow(/16-bit samples end at 409\d/);
    }
  });

  test('channels beside a colour and alpha', async () => {
    const samples = Uint8Array.from(ramp(255, 5));
    await expect(decodeImage(tiffOf({ bits: 8, format: 1, channels: 5, samples }))).rejects.toThrow(
      'it has 5 channels. Save it as grey or RGB',
    );
  });

  test('is counted among the unreadable files of a folder', async () => {
    const samples = Float32Array.from(ramp(1));
    const path = await temporaryFolder({
      'a.png': await pngOf(1),
      'b.tif': tiffOf({ bits: 32, format: 3, channels: 1, samples }),
    });
    const loader = createLoader(
      { kind: 'folder', path, captions: 'none' },
      { image: { size: 16, patchSize: 8 }, key: key(0), maxBadShare: 0.5 },
    );
    const { indices } = await loader.load({ step: 0, indices: Int32Array.of(0, 1) });
    expect([...indices]).toEqual([0, 0]);
    const [bad] = loader.stats().badFiles;
    expect(bad).toMatchObject({ name: 'b.tif' });
    expect(bad!.reason).toContain(join(path, 'b.tif'));
    expect(bad!.reason).toContain('floating-point numbers');
    await loader.close();
  });
});
