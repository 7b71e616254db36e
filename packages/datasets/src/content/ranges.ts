import { open } from 'node:fs/promises';
import { unusable } from '@m3ae/errors';
import type { RangeSource } from '../state.js';
import type { StoredPicture } from './list.js';
import { textAt } from './packed-texts.js';

/** Reads pictures out of files that hold many. Opening a file for each costs a hundredth of decoding a picture. */
export function rangeReader(source: RangeSource): (index: number) => Promise<StoredPicture> {
  const { files, places, starts, lengths, names } = source;
  return async (index) => {
    const path = files[places[index]!]!;
    const name = `${path}, ${textAt(names, index)}`;
    const bytes = await readRange(path, starts[index]!, lengths[index]!);
    if (bytes.length < lengths[index]!) throw unusable(`${name} ends early. Fetch ${path} again.`);
    return { bytes, name };
  };
}

/** Some bytes of a file; fewer where it ends before. */
export async function readRange(path: string, start: number, length: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, start);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
