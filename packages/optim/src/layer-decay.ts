import { invalidField } from '@m3ae/errors';
import { checkFields, type FieldRule, oneOf, rules } from './rules.js';

/** What the rate of a block over that of the next may be. */
export const layerRate: FieldRule = {
  rule: 'in (0, 1]',
  test: (value) => typeof value === 'number' && value > 0 && value <= 1,
  remedy: 'Write 1 for one rate everywhere.',
};

/** Options of {@link layerDecay}. */
export interface LayerDecayOptions {
  /** Factor from one layer to the layer below, in (0, 1]. M3AE fine-tunes with 0.6 to 0.75. */
  readonly decay: number;
  /** Blocks of the encoder. */
  readonly depth: number;
  /**
   * `standard` (default): embeddings below the first block, final norm and head on top.
   * `reference`: the reference's map, in which the patch embedding gets the highest rate and the final norm the lowest.
   */
  readonly layers?: 'standard' | 'reference';
  /** Path elements that count as embeddings in `standard`. Default: those of the models of `@m3ae/transformer`. */
  readonly embeddings?: readonly string[];
}

const embeddingNames = ['clsToken', 'imageEmbedding', 'textEmbedding', 'types'];

/** Layer of a parameter: 0 is the lowest, depth + 1 the highest. */
function layerOf(path: string, depth: number, layers: string, embeddings: readonly string[]): number {
  const names = path.split('.');
  const block = /(?:^|\.)(encoder|decoder)\.blocks\.(\d+)\./.exec(`${path}.`);
  const norm = /(?:^|\.)(encoder|decoder)\.norm\./.exec(`${path}.`);
  if (layers === 'reference') {
    if (block) return Number(block[2]) + 1;
    return norm || names.includes('clsToken') ? 0 : depth + 1;
  }
  if (block?.[1] === 'encoder') return Number(block[2]) + 1;
  return embeddings.some((name) => names.includes(name)) ? 0 : depth + 1;
}

/**
 * Layer-wise learning rates: decay^(depth + 1 - layer), with 1 for the head. For {@link scaleByPath}.
 *
 * @param options - `decay` and `depth` are required.
 * @returns A function from a parameter's path to its factor.
 * @throws RangeError naming every option that is unknown or out of range; when called, if a block lies above `depth`
 * in `standard`.
 *
 * @example
 * ```ts
 * const rate = layerDecay({ decay: 0.75, depth: 12 });
 * rate('encoder.blocks.11.mlp.output.kernel'); // 0.75
 * chain(adamW({ b2: 0.999 }), scaleByPath(rate));
 * ```
 *
 * @see Bao et al., BEiT, https://arxiv.org/abs/2106.08254, and util/lr_decay.py of facebookresearch/mae;
 * `reference` is jax_utils.py of young-geng/m3ae_public.
 */
export function layerDecay(options: LayerDecayOptions): (path: string) => number {
  checkFields('layerDecay', options, {
    decay: layerRate,
    depth: rules.positiveCount,
    layers: oneOf('standard', 'reference'),
    embeddings: { rule: 'a list of names', test: Array.isArray, remedy: 'For example ["clsToken"].' },
  });
  const { decay, depth, layers = 'standard', embeddings = embeddingNames } = options;
  return (path) => {
    const layer = layerOf(path, depth, layers, embeddings);
    if (
      layer > depth + 1 ||
      (layers === 'standard' && layer === depth + 1 && /encoder\.blocks\./.test(path))
    ) {
      throw invalidField(
        'layerDecay.depth',
        `above the block of ${path}`,
        depth,
        "Pass the model's own depth.",
      );
    }
    return decay ** (depth + 1 - layer);
  };
}
