/**
 * MAE ViT-L on the pictures of CC12M, the twin of cc12m-m3ae-large: no captions, no type embeddings.
 *
 * Run:    npx @m3ae/trainer pretrain cc12m-mae-large --dry-run
 * Takes:  267,700 steps with 10,968,539 pictures; how long: npx @m3ae/trainer plan
 * Gives:  not known: it has not been trained
 */
import type { ConfigInput } from '@m3ae/trainer';
import recipe from './cc12m-m3ae-large.js';

export default {
  ...recipe,
  name: 'cc12m-mae-large',
  method: 'mae',
  model: { size: 'large', useTypeEmbedding: false },
} satisfies ConfigInput;
