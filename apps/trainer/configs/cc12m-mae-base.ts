/**
 * MAE ViT-B on the pictures of CC12M, the twin of cc12m-m3ae-base: no captions, no type embeddings.
 *
 * Run:    npx @m3ae/trainer pretrain cc12m-mae-base --dry-run
 * Takes:  267,700 steps with 10,968,539 pictures; how long: npx @m3ae/trainer plan
 * Gives:  not known: it has not been trained
 */
import type { ConfigInput } from '@m3ae/trainer';
import recipe from './cc12m-m3ae-base.js';

export default {
  ...recipe,
  name: 'cc12m-mae-base',
  method: 'mae',
  model: { size: 'base', useTypeEmbedding: false },
} satisfies ConfigInput;
