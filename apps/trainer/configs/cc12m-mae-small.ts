/**
 * MAE ViT-S on the pictures of CC12M, the twin of cc12m-m3ae-small: no captions, no type embeddings.
 *
 * Run:    npx @m3ae/trainer pretrain cc12m-mae-small --dry-run
 * Takes:  267,700 steps with 10,968,539 pictures; how long: npx @m3ae/trainer plan
 * Gives:  not known: it has not been trained
 */
import type { ConfigInput } from '@m3ae/trainer';
import recipe from './cc12m-m3ae-small.js';

export default {
  ...recipe,
  name: 'cc12m-mae-small',
  method: 'mae',
  model: { size: 'small', useTypeEmbedding: false },
} satisfies ConfigInput;
