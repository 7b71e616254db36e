import { invalidField, requireRecord } from '@m3ae/errors';
import { flattenTree } from '@m3ae/tree';
import { Tensor } from '@tensorflow/tfjs-core';

const remedy = 'Arrays of the host become tensors as arguments of a compiled function, or with tensor().';

/**
 * Refuses parameters that are no tree of tensors, and a config that was not resolved.
 *
 * Only the first leaf is looked at: a tree of parameters holds one kind.
 */
export function requireModel(params: unknown, config: unknown): void {
  requireRecord('params', params, 'encoder, …', 'Draw them with initM3ae or its like.');
  requireRecord('config', config, 'embedDim, depth, …', 'Make it with resolveM3aeConfig or its like.');
  const [first] = flattenTree<unknown>(params);
  if (!(first?.[1] instanceof Tensor)) {
    throw invalidField(['params', first?.[0]].filter(Boolean).join('.'), 'a tensor', first?.[1], remedy);
  }
  if (!Number.isInteger((config as { embedDim?: unknown }).embedDim)) {
    throw invalidField('config', 'resolved', config, 'Make it with resolveM3aeConfig or its like.');
  }
}
