import { faultOf, invalidField, throwFaults } from '@m3ae/errors';
import { type NdArray, ndArray } from '@m3ae/tree';
import type { FileTensor, FileTensors } from '../tensors.js';

/** Heads of the Vision Transformers in use, by width. */
const usualHeads: Readonly<Record<number, number>> = { 192: 3, 384: 6, 512: 8, 768: 12, 1024: 16, 1280: 16 };

/**
 * Heads of a stack, which no shape tells.
 *
 * @param field - `heads`, `decoderHeads` or `textHeads`.
 * @throws InvalidInput if they are neither given nor usual at this width.
 */
export function headsOf(
  field: string,
  dim: number,
  given: number | undefined,
  usual: number | undefined = usualHeads[dim],
): number {
  const heads = given ?? usual;
  if (heads !== undefined && dim % heads === 0) return heads;
  const remedy = `Say how many attention heads it has: ${field}.`;
  throw invalidField(field, `given for a width of ${dim}`, given, remedy);
}

/**
 * Shapes of tensors by name, once each has the number of axes that it must have.
 *
 * @param ranks - Axes of each, by name.
 * @throws InvalidInput naming each that is missing or has other axes.
 */
export function shapesOf<Name extends string>(
  tensors: FileTensors,
  ranks: Readonly<Record<Name, number>>,
): Record<Name, readonly number[]> {
  const wanted = Object.entries<number>(ranks);
  throwFaults(
    wanted.map(([name, rank]) => {
      const shape = tensors.get(name)?.shape;
      const fits = shape?.length === rank && shape.every((length) => length > 0);
      const remedy = 'Check that the file holds the whole model.';
      return !fits && faultOf(name, `there with ${rank} axes`, shape && `[${shape}]`, remedy);
    }),
  );
  return Object.fromEntries(wanted.map(([name]) => [name, tensors.get(name)!.shape])) as Record<
    Name,
    readonly number[]
  >;
}

/** One more than the largest number that a name has in a place: blocks of a stack, layers of a head. */
export function countOf(tensors: FileTensors, pattern: RegExp): number {
  let count = 0;
  for (const name of tensors.keys()) count = Math.max(count, Number(pattern.exec(name)?.[1] ?? -1) + 1);
  return count;
}

/** Patterns and replacements, applied in turn to each name. */
export type Renaming = readonly (readonly [pattern: RegExp, replacement: string])[];

/** A name under other rules. */
export const renamedBy = (rules: Renaming, name: string): string =>
  rules.reduce((text, [pattern, by]) => text.replace(pattern, by), name);

/** The same tensors under other names. */
export function renamed(tensors: FileTensors, rules: Renaming): FileTensors {
  return new Map([...tensors].map(([name, tensor]) => [renamedBy(rules, name), tensor]));
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

/** What Vision Transformers may have and ours has not, by a name that shows it. */
const features: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\.ls[_]?1\.gamma$|\.lambda_1$|layer_scale/, 'LayerScale'],
  [/^reg_token$|register_tokens/, 'register tokens'],
  [/^dist_token$|distillation_token/, 'a distillation token'],
  [/\.(q_norm|k_norm|ln_q|ln_k)\./, 'normalized queries and keys'],
  [/relative_position|rel_pos/, 'relative positions'],
  [/\brope\b|rotary/, 'rotary positions'],
  [/^fc_norm\./, 'a normalization of the mean instead of the tokens (fc_norm)'],
  [/\.gate_proj\.|\.w12\.|mlp\.fc1_g\./, 'a gated MLP'],
  [/^attn_pool\.|visual\.attn_pool\./, 'attention pooling'],
  [/^logit_bias$/, 'a sigmoid loss (logit_bias)'],
  [/^visual\.layer1\./, 'a ResNet for pictures'],
  [/^visual\.trunk\./, "a picture tower of timm's"],
  [/^text\.transformer\.(embeddings|encoder)\./, "a text tower of transformers'"],
];

/**
 * Refuses a model with a part that ours cannot express.
 *
 * @throws InvalidInput naming every such part and a tensor that shows it.
 */
export function refuseForeignFeatures(tensors: FileTensors): void {
  throwFaults(
    features.map(([pattern, what]) => {
      const name = [...tensors.keys()].find((each) => pattern.test(each));
      const remedy = 'Take a model without it.';
      return name !== undefined && faultOf(name, 'a part that our model has', what, remedy);
    }),
  );
}

/** Names of the layers on top that an encoder does not need, with whatever lies below them. */
const heads = /^(head|head_dist|classifier|pooler|vit\.pooler|lm_head|fc)\./;

/** The tensors without a classification head or a pooler, and a sentence on what was left out. */
export function withoutHead(tensors: FileTensors): {
  readonly tensors: FileTensors;
  readonly notes: string[];
} {
  const left = [...tensors.keys()].filter((name) => heads.test(name));
  const kept = [...tensors].filter(([name]) => !heads.test(name));
  const notes = left.length === 0 ? [] : [`The head on top was left out: ${left.join(', ')}.`];
  return { tensors: new Map(kept), notes };
}

/** An array with other numbers added, as many. */
export function plus({ data, shape }: NdArray, added: ArrayLike<number>): NdArray {
  return ndArray(
    data.map((value, at) => value + added[at]!),
    shape,
  );
}
