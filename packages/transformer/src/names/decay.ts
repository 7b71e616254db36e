import { referenceName } from './reference.js';

/** A choice of parameters that decay; see {@link decayed}. */
export type DecayRule = 'm3ae' | 'mae' | 'clip' | 'supervised' | 'exempt1d' | 'facebook';

/**
 * The reference's names that weight decay leaves alone; a parameter is exempt if any part of its path is one of them.
 * The list for MAE is shorter, so there `decoder_image_type_embedding` decays.
 */
const noDecayNames: Readonly<Record<'m3ae' | 'mae', readonly string[]>> = {
  m3ae: [
    'cls_token',
    'encoder_image_type_embedding',
    'encoder_text_type_embedding',
    'decoder_image_type_embedding',
    'decoder_text_type_embedding',
    'image_mask_embedding',
    'text_mask_embedding',
    'text_embedding',
    'bias',
    'embedding',
  ],
  mae: ['cls_token', 'encoder_image_type_embedding', 'image_mask_embedding', 'bias'],
};

/**
 * Whether weight decay applies to a parameter.
 *
 * `m3ae` and `mae` are the reference's rules, in which normalization scales decay. `exempt1d` is `m3ae` with the
 * scales exempt too, and `supervised` is the same. `facebook` is the original MAE's: only one-dimensional parameters
 * are exempt, so tokens decay; `clip` is the same. The logit scale and learned positions of patches
 * never decay.
 *
 * @param path - Such as `encoder.blocks.0.norm1.scale`.
 *
 * @example
 * ```ts
 * decayed('encoder.norm.scale'); // true
 * decayed('textEmbedding.table'); // false
 * ```
 */
export function decayed(path: string, rule: DecayRule = 'm3ae'): boolean {
  const parts = referenceName(path).split('/');
  const leaf = parts.at(-1)!;
  if (leaf === 'logitScale' || path === 'positions') return false;
  if (rule === 'facebook' || rule === 'clip') return leaf !== 'bias' && leaf !== 'scale';
  if ((rule === 'exempt1d' || rule === 'supervised') && leaf === 'scale') return false;
  const exempt = noDecayNames[rule === 'mae' ? 'mae' : 'm3ae'];
  return !parts.some((part) => exempt.includes(part));
}
