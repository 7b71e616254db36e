import { faultOf, throwFaults } from '@m3ae/errors';
import type { FileTensors } from '../tensors.js';

/** What Vision Transformers may have and ours has not, by a name that shows it. */
const features: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\.ls[_]?1\.gamma$|\.lambda_1$|layer_scale/, 'LayerScale'],
  [/^reg_token$|register_tokens/, 'register tokens'],
  [/^dist_token$|distillation_token/, 'a distillation token'],
  [/\.(q_norm|k_norm|ln_q|ln_k)\./, 'normalized queries and keys'],
  [/relative_position|rel_pos/, 'relative positions'],
  [/\brope\b|rotary/, 'rotary positions'],
  [/^fc_norm\./, 'a normalization of the mean instead of the tokens (fc_norm)'],
  [/\.gate_proj\.|\.w12\.|mlp\.fc1_g\./, 'a gated MLP'],
  [/^attn_pool\.|visual\.attn_pool\./, 'attention pooling'],
  [/^logit_bias$/, 'a sigmoid loss (logit_bias)'],
  [/^visual\.layer1\./, 'a ResNet for pictures'],
  [/^visual\.trunk\./, "a picture tower of timm's"],
  [/^text\.transformer\.(embeddings|encoder)\./, "a text tower of transformers'"],
];

/**
 * Refuses a model with a part that ours cannot express.
 *
 * @throws InvalidInput naming every such part and a tensor that shows it.
 */
export function refuseForeignFeatures(tensors: FileTensors): void {
  throwFaults(
    features.map(([pattern, what]) => {
      const name = [...tensors.keys()].find((each) => pattern.test(each));
      const remedy = 'Take a model without it.';
      return name !== undefined && faultOf(name, 'a part that our model has', what, remedy);
    }),
  );
}

/** Names of the layers on top that an encoder does not need, with whatever lies below them. */
const heads = /^(head|head_dist|classifier|pooler|vit\.pooler|lm_head|fc)\./;

/** The tensors without a classification head or a pooler, and a sentence on what was left out. */
export function withoutHead(tensors: FileTensors): {
  readonly tensors: FileTensors;
  readonly notes: string[];
} {
  const left = [...tensors.keys()].filter((name) => heads.test(name));
  const kept = [...tensors].filter(([name]) => !heads.test(name));
  const notes = left.length === 0 ? [] : [`The head on top was left out: ${left.join(', ')}.`];
  return { tensors: new Map(kept), notes };
}
