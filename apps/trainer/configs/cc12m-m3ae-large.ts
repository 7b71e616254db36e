/**
 * M3AE ViT-L on CC12M, as the paper pre-trains it: 376,155,194 parameters, 100 epochs of 4,096.
 *
 * The shards are those of img2dataset: npx @m3ae/trainer data prepare writes such from any other form. Differs from the reference in
 * that each example has a mask of its own, and that examples are shuffled exactly.
 *
 * Run:    npx @m3ae/trainer pretrain cc12m-m3ae-large --dry-run
 * Takes:  267,700 steps with 10,968,539 pairs; how long: npx @m3ae/trainer plan
 * Gives:  not known: it has not been trained
 */
import type { ConfigInput } from '@m3ae/trainer';
import recipe from './m3ae-large.js';

export default {
  ...recipe,
  name: 'cc12m-m3ae-large',
  data: { source: { kind: 'webdataset', shards: 'cc12m/{00000..01242}.tar' }, workers: 4 },
} satisfies ConfigInput;
