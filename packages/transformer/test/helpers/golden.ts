import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type NdArray, ndArray } from '@m3ae/tree';

/** One golden case: `meta` is its case.json. */
export interface Golden {
  readonly meta: GoldenMeta;
  readonly tensors: ReadonlyMap<string, NdArray>;
  get(name: string): NdArray;
  below(prefix: string): Record<string, NdArray>;
}

export interface GoldenMeta {
  readonly model: Record<string, number | boolean>;
  readonly loss: Record<string, number | boolean> | number;
  readonly steps?: readonly Record<string, number>[];
  readonly tolerance: Record<string, number>;
}

export function readGolden(name: string): Golden {
  const folder = fileURLToPath(new URL(`../fixtures/golden/${name}/`, import.meta.url));
  const tensors = readTensors(readFileSync(`${folder}tensors.safetensors`));
  return {
    meta: JSON.parse(readFileSync(`${folder}case.json`, 'utf8')) as GoldenMeta,
    tensors,
    get(key) {
      const found = tensors.get(key);
      if (!found) throw new Error(`no ${key} in ${name}`);
      return found;
    },
    below: (prefix) =>
      Object.fromEntries(
        [...tensors]
          .filter(([key]) => key.startsWith(prefix))
          .map(([key, value]) => [key.slice(prefix.length), value]),
      ),
  };
}

function readTensors(file: Buffer): Map<string, NdArray> {
  const headerSize = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerSize)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [begin, end],
        },
      ]) => {
        const bytes = Uint8Array.from(file.subarray(8 + headerSize + begin, 8 + headerSize + end)).buffer;
        return [name, ndArray(dtype === 'I32' ? new Int32Array(bytes) : new Float32Array(bytes), shape)];
      },
    ),
  );
}
