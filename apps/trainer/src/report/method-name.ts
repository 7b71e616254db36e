import type { TrainerConfig } from '../config/schema.js';

/** Names of the methods as people write them. */
const names: Readonly<Record<string, { readonly short: string; readonly long: string }>> = {
  m3ae: { short: 'M3AE', long: 'Multimodal masked autoencoder' },
  mae: { short: 'MAE', long: 'Masked autoencoder' },
  clip: { short: 'CLIP', long: 'Contrastive pictures and captions' },
  supervised: { short: 'Supervised', long: 'Classifier trained on labels' },
};

/** E.g. `M3AE` and `Multimodal masked autoencoder`. */
export function methodName(method: TrainerConfig['method']): {
  readonly short: string;
  readonly long: string;
} {
  return names[method] ?? { short: method, long: method };
}
