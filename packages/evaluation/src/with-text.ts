import { type Fault, faultOf } from '@m3ae/errors';
import type { M3aeParams } from '@m3ae/transformer';

/**
 * What is wrong with parameters that are asked for text.
 *
 * @param need - `encoder` for looking at texts, `decoder` for predicting them too.
 */
export function textParameterFaults(
  params: Partial<M3aeParams<unknown>>,
  need: 'encoder' | 'decoder',
): Fault[] {
  const names =
    need === 'encoder'
      ? (['textEmbedding'] as const)
      : (['textEmbedding', 'textMaskToken', 'textHead'] as const);
  const missing = names.filter((name) => params[name] === undefined);
  if (missing.length === 0) return [];
  const received = `parameters without ${missing.join(', ')}`;
  return [
    faultOf('params', 'those of a model with text', received, 'Use a model that was trained with captions.'),
  ];
}
