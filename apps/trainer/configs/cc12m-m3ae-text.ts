/**
 * M3AE ViT-B on CC12M with a batch of text alone in every step, as the code of the reference can.
 *
 * The weight of that text is ours: the reference has 0 by default and tells no other. It is cut to 64 word pieces as captions are;
 * the reference reads 256. Other sizes: --set model.size=large.
 *
 * Run:    npx @m3ae/trainer pretrain cc12m-m3ae-text --dry-run
 * Takes:  267,700 steps with 10,968,539 pairs; how long: npx @m3ae/trainer plan
 * Gives:  not known: it has not been trained
 */
import type { ConfigInput } from '@m3ae/trainer';
import recipe from './cc12m-m3ae-base.js';

export default {
  ...recipe,
  name: 'cc12m-m3ae-text',
  data: { ...recipe.data, unpairedText: { kind: 'text', path: 'wikipedia/*.txt', unit: 'paragraph' } },
  loss: { ...recipe.loss, unpairedTextWeight: 0.5 },
} satisfies ConfigInput;
