import { ndArray } from '@m3ae/tree';
import type { FileTensor, FileTensors } from '../tensors.js';

/** Patterns and replacements, applied in turn to each name. */
export type Renaming = readonly (readonly [pattern: RegExp, replacement: string])[];

/** The same tensors under other names. */
export function renamed(tensors: FileTensors, rules: Renaming): FileTensors {
  const rename = (name: string) => rules.reduce((text, [pattern, by]) => text.replace(pattern, by), name);
  return new Map([...tensors].map(([name, tensor]) => [rename(name), tensor]));
}

/** A tensor with other axes of the same elements. */
export function reshaped(tensor: FileTensor, shape: readonly number[]): FileTensor {
  return { shape, read: () => ndArray(tensor.read().data, shape) };
}

/** Tensors one after another along their first axis: queries, keys and values as one map. */
function joined(parts: readonly FileTensor[]): FileTensor {
  const [first, ...rest] = parts[0]!.shape;
  const shape = [first! * parts.length, ...rest];
  return {
    shape,
    read() {
      const rows = parts.map((part) => part.read().data);
      const data = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
      rows.reduce((at, row) => (data.set(row, at), at + row.length), 0);
      return ndArray(data, shape);
    },
  };
}

/**
 * Queries, keys and values as one map, where a file keeps them apart under `.attn.q.`, `.attn.k.` and `.attn.v.`.
 *
 * @param by - What stands there for all three.
 */
export function joinedAttention(tensors: FileTensors, by: string): FileTensors {
  const named = new Map(tensors);
  for (const name of [...tensors.keys()].filter((each) => each.includes('.attn.q.'))) {
    const names = ['q', 'k', 'v'].map((letter) => name.replace('.attn.q.', `.attn.${letter}.`));
    const parts = names.map((each) => named.get(each));
    if (parts.some((part) => part === undefined)) continue; // told as missing
    names.forEach((each) => named.delete(each));
    named.set(name.replace('.attn.q.', by), joined(parts as FileTensor[]));
  }
  return named;
}

/** Zeros, for what a model leaves out and ours has. */
export function zeros(shape: readonly [number]): FileTensor {
  return { shape, read: () => ndArray(new Float32Array(shape[0]), shape) };
}
