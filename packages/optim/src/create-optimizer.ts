import { invalidField } from '@m3ae/errors';
import { adamW } from './adam-w.js';
import { chain } from './chain.js';
import { clipByGlobalNorm } from './clip-by-global-norm.js';
import { lars } from './lars.js';
import { layerDecay } from './layer-decay.js';
import { scaleByPath } from './scale-by-path.js';
import { sgd } from './sgd.js';
import { skipNonFinite } from './skip-non-finite.js';
import type { ParameterRule, Transform } from './transform.js';

/** An optimizer by its name, as a config holds it: what {@link createOptimizer} puts together. */
export interface OptimizerOptions {
  /** Default `adamW`. */
  readonly kind?: 'adamW' | 'sgd' | 'lars';
  /** Of `adamW` alone; see `AdamWOptions`. Default 0.9. */
  readonly b1?: number;
  /** Of `adamW` alone. Default 0.95. */
  readonly b2?: number;
  /** Of `adamW` alone. Default 1e-8. */
  readonly epsilon?: number;
  /** Of `sgd` and `lars`. Default 0.9. */
  readonly momentum?: number;
  /** Default 0.05. */
  readonly weightDecay?: number;
  /** Which parameters decay, e.g. the `decays` of a task. Default: all. */
  readonly decay?: ParameterRule;
  /** Largest global norm of a gradient; null for none. Default null. */
  readonly clipNorm?: number | null;
  /** Rate of a block over that of the next, in (0, 1]. Default 1: one rate for all. */
  readonly layerDecay?: number;
  /** See `LayerDecayOptions`. Default `standard`. */
  readonly layers?: 'standard' | 'reference';
  /** Blocks of the encoder; needed where `layerDecay` is below 1. */
  readonly depth?: number;
}

/** What m3ae_main.py of the reference clips at where clipping is off: no gradient is so large. */
const unclipped = 1e9;

/**
 * The usual optimizer of a pre-training: clip, then the optimizer, then each layer's share of the rate; one transform that keeps
 * its state when a gradient is not finite.
 *
 * @returns A transform with the metrics `gradientNorm` and `skipped`. Its state is that of `chain`.
 * @throws InvalidInput naming every option that is out of range, or a `kind` that is not there.
 *
 * @example
 * ```ts
 * const optimizer = createOptimizer({ kind: 'adamW', weightDecay: 0.05, decay: task.decays, clipNorm: 1 });
 * ```
 */
export function createOptimizer(options: OptimizerOptions = {}): Transform {
  const { kind = 'adamW', b1, b2, epsilon, momentum = 0.9, weightDecay = 0.05, decay } = options;
  const { clipNorm = null, layerDecay: rate = 1, layers, depth } = options;
  const kinds = {
    adamW: () => adamW({ b1, b2, epsilon, weightDecay, decay }),
    sgd: () => sgd({ momentum, weightDecay, decay }),
    lars: () => lars({ momentum, weightDecay, decay }),
  } as const;
  if (!Object.hasOwn(kinds, kind)) {
    throw invalidField('kind', `one of ${Object.keys(kinds).join(', ')}`, kind, 'The usual one is adamW.');
  }
  const perLayer = rate === 1 ? [] : [scaleByPath(layerDecay({ decay: rate, depth: depth ?? 0, layers }))];
  return skipNonFinite(chain(clipByGlobalNorm(clipNorm ?? unclipped), kinds[kind](), ...perLayer));
}
