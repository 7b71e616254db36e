import { callback, inInterval, number, withDefault } from '@m3ae/errors/rules';
import { requireList } from '@m3ae/errors';
import type { ParameterRule } from './transform.js';

/** Learning rates and weight decay: a larger one can't be meant. */
export const largestRate = 1000;

/** A learning rate, or a weight decay. */
export const rate = (remedy: string) => number({ min: 0, limit: largestRate }, remedy);

/** Share of a buffer that an update keeps. */
export const share = (remedy: string) => inInterval('[0, 1)', remedy);

/** Which parameters something is for. */
export const parameterRule = callback<ParameterRule>(
  'a function of a parameter path',
  'For example (path) => !path.endsWith("bias").',
  () => true,
);

/** Rules that several optimizers share. */
export const shared = {
  epsilon: number({ min: 0, limit: 1 }, 'Use 1e-8.'),
  momentum: share('Use 0.9.'),
  weightDecay: rate('Use 0.05, as the paper does.'),
  decay: withDefault(parameterRule, () => true),
} as const;

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
