import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NdArray } from '@m3ae/tree';
import { onTestFinished } from 'vitest';

export const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url);

/** A folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'm3ae-checkpoint-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export const floats = (values: readonly number[], shape: readonly number[] = [values.length]): NdArray => ({
  shape,
  data: Float32Array.from(values),
});

/** Trees that differ with `seed`: a model and an optimiser's state. */
export function someTrees(seed: number) {
  return {
    model: {
      blocks: [{ bias: floats([seed, 1]) }, { bias: floats([2, 3]) }],
      head: floats([4, 5, 6, 7], [2, 2]),
    },
    optimizer: {
      count: { shape: [], data: Int32Array.of(seed) },
      firstMoment: { head: floats([0, seed], [2, 1]) },
    },
  };
}

/** A file from a header written by hand: the format allows what our writer never makes. */
export function rawFile(header: string | object, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}
