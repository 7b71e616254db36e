/**
 * M3AE ViT-B on CC12M of which one picture in ten keeps its caption: the paper's figure of paired and unpaired pictures.
 *
 * The figure has .1, .2, .3 and 1: --set data.pairedShare=0.2. Other sizes: --set model.size=large.
 *
 * Run:    npx @m3ae/trainer pretrain cc12m-m3ae-paired --dry-run
 * Takes:  267,700 steps with 10,968,539 pictures; how long: npx @m3ae/trainer plan
 * Gives:  not known: it has not been trained
 */
import type { ConfigInput } from '@m3ae/trainer';
import recipe from './cc12m-m3ae-base.js';

export default {
  ...recipe,
  name: 'cc12m-m3ae-paired',
  data: { ...recipe.data, pairedShare: 0.1, pairedBy: 'modulo' },
} satisfies ConfigInput;
