import { invalidField } from '@m3ae/errors';
import {
  checkOptions,
  inInterval,
  integer,
  list,
  oneOf,
  record,
  type RulesOf,
  text,
  withDefault,
} from '@m3ae/errors/rules';
import { tidyTree } from '@m3ae/ops';
import { mul, scalar } from '@tensorflow/tfjs-core';
import { eachLeaf, type Transform } from './transform.js';

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

const embeddingNames: readonly string[] = ['clsToken', 'imageEmbedding', 'textEmbedding', 'types'];

/** The rules of {@link LayerDecayOptions}. */
export const layerDecayRules = {
  decay: inInterval('(0, 1]', 'The rate of a block over that of the next, e.g. 0.75; 1 for one rate.'),
  depth: integer({ min: 1 }, 'Count the blocks of the encoder.'),
  layers: withDefault(
    oneOf(
      ['standard', 'reference'],
      '"standard" gives embeddings the lowest rate; "reference" is the map of the reference, which does not.',
    ),
    'standard',
  ),
  embeddings: withDefault(
    list(text('For example "clsToken".'), { rule: 'a list of names', remedy: 'For example ["clsToken"].' }),
    embeddingNames,
  ),
} as const satisfies RulesOf<LayerDecayOptions>;

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
  const given = checkOptions(record(layerDecayRules), options, { path: 'layerDecay' });
  const { decay, depth, layers, embeddings } = given;
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

/**
 * Multiplies each parameter's update by a fixed number chosen by its path; last in a chain it is a learning rate of its own.
 *
 * @param scale - From a path such as `encoder.blocks.3.mlp.hidden.kernel` to a factor, zero (frozen) or more.
 * @returns A transform without state.
 * @throws RangeError, in `init` and `update`, if a factor is negative or not finite; the path is named.
 *
 * @example
 * ```ts
 * chain(adamW(), scaleByPath((path) => (path.startsWith('head.') ? 1 : 0.1)));
 * ```
 */
export function scaleByPath(scale: (path: string) => number): Transform {
  if (typeof scale !== 'function')
    throw invalidField(
      'scale',
      'a function of the path',
      scale,
      "Write e.g. (path) => (path === 'head.kernel' ? 10 : 1).",
    );
  const factorOf = (path: string) => {
    const factor = scale(path);
    if (Number.isFinite(factor) && factor >= 0) return factor;
    throw invalidField(
      `scale('${path}')`,
      'a finite number, zero or more',
      factor,
      'Return 1 to leave a rate as it is.',
    );
  };
  return {
    init: () => ({}),
    update(gradients, state) {
      const { update } = tidyTree(() =>
        eachLeaf({ gradients }, (leaf, path) => {
          const factor = factorOf(path);
          return { update: factor === 1 ? leaf.gradients.clone() : mul(leaf.gradients, scalar(factor)) };
        }),
      );
      return { updates: update, state, metrics: {} };
    },
  };
}
