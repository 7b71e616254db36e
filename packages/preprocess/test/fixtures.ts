import { readFileSync } from 'node:fs';
import type { RgbImage } from '../src/index.js';

/** An image as make-images.py writes it. */
export interface StoredImage {
  width: number;
  height: number;
  channels: 1 | 3 | 4;
  data: string;
}

export function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')) as T;
}

export function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

export function imageOf(stored: StoredImage): RgbImage {
  return { ...stored, data: bytesOf(stored.data) };
}

/** Largest difference between two images, NaN if they differ in size. */
export function distance(a: RgbImage, b: RgbImage): number {
  if (a.width !== b.width || a.height !== b.height || a.channels !== b.channels) return NaN;
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}
