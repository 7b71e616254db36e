import { faultOf, type MaybeFault } from '@m3ae/errors';

/**
 * Which attention of an encoder is looked at.
 *
 * - `last`: the last block, mean over its heads.
 * - `mean`: all blocks and heads, mean.
 * - `rollout`: how much of each input token reaches each output token through all blocks; see {@link rollout}.
 * - `{ layer }`: one block, mean over its heads; `{ layer, head }`: one head. Both count from 0.
 */
export type AttentionChoice =
  'last' | 'mean' | 'rollout' | { readonly layer: number; readonly head?: number };

/** Numbers of blocks and heads of an encoder; a model's config fits. */
export interface EncoderSize {
  readonly depth: number;
  readonly heads: number;
}

/**
 * Each head of each block, in the order of blocks and then of heads.
 *
 * @example
 * ```ts
 * everyHead({ depth: 4, heads: 4 }).length; // 16
 * ```
 */
export function everyHead({ depth, heads }: EncoderSize): { layer: number; head: number }[] {
  return Array.from({ length: depth * heads }, (_, i) => ({ layer: Math.floor(i / heads), head: i % heads }));
}

/** What is wrong with a choice for an encoder of some size. */
export function choiceFaults(choice: AttentionChoice, { depth, heads }: EncoderSize): MaybeFault[] {
  if (typeof choice === 'string') {
    const known = ['last', 'mean', 'rollout'];
    const remedy = 'Name a layer and a head for one map.';
    return [
      !known.includes(choice) &&
        faultOf('attention', `one of ${known.join(', ')} or a layer`, choice, remedy),
    ];
  }
  const outside = (value: number, count: number) => !Number.isInteger(value) || value < 0 || value >= count;
  const { layer, head } = choice;
  return [
    outside(layer, depth) &&
      faultOf('layer', `an integer from 0 to ${depth - 1}`, layer, 'Layers count from 0, the first block.'),
    head !== undefined &&
      outside(head, heads) &&
      faultOf('head', `an integer from 0 to ${heads - 1}`, head, 'Leave it out for the mean over the heads.'),
  ];
}
