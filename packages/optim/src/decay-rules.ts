import { requireList } from '@m3ae/errors';
import type { ParameterRule } from './transform.js';

/**
 * Everything decays but the parameters with a listed name as one element of their path.
 *
 * The match is exact, never part of a word: `bias` covers `head.bias` and `bias.0`, not `biasTable`.
 *
 * @param names - Path elements, e.g. `['bias', 'clsToken']`.
 * @throws RangeError if `names` is no list.
 *
 * @example
 * ```ts
 * const decay = decayExcept(['bias', 'clsToken', 'textEmbedding']);
 * decay('encoder.norm.scale', [64]); // true: in the reference LayerNorm scales decay
 * ```
 *
 * @see The reference's `no_decay_list` (young-geng/m3ae_public, model.py).
 */
export function decayExcept(names: readonly string[]): ParameterRule {
  requireList('names', names, "Write ['bias'] for a single one.");
  const exempt = new Set(names);
  return (path) => !path.split('.').some((name) => exempt.has(name));
}

/**
 * Only parameters of two axes or more decay: biases and LayerNorm scales are exempt.
 *
 * @see facebookresearch/mae, `param_groups_weight_decay` and util/lars.py.
 */
export const decayMatrices: ParameterRule = (_path, shape) => shape.length > 1;
