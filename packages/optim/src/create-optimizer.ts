import { adamW } from './adam-w.js';
import { chain } from './chain.js';
import { clipByGlobalNorm } from './clip-by-global-norm.js';
import { lars } from './lars.js';
import { layerDecay, layerRate } from './layer-decay.js';
import { checkFields, oneOf, rules } from './rules.js';
import { scaleByPath } from './scale-by-path.js';
import { sgd } from './sgd.js';
import { skipNonFinite } from './skip-non-finite.js';
import type { ParameterRule, Transform } from './transform.js';

const kinds = ['adamW', 'sgd', 'lars'] as const;

/** An optimizer by its name, as a config holds it: what {@link createOptimizer} puts together. */
export interface OptimizerOptions {
  /** Default `adamW`. */
  readonly kind?: (typeof kinds)[number];
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
 * @throws InvalidInput naming every option that is unknown or out of range, also those of the kinds that were not chosen.
 *
 * @example
 * ```ts
 * const optimizer = createOptimizer({ kind: 'adamW', weightDecay: 0.05, decay: task.decays, clipNorm: 1 });
 * ```
 */
export function createOptimizer(options: OptimizerOptions = {}): Transform {
  checkFields('', options, {
    kind: oneOf(...kinds),
    b1: rules.share,
    b2: rules.share,
    epsilon: rules.notNegative,
    momentum: rules.share,
    weightDecay: rules.notNegative,
    decay: rules.predicate,
    clipNorm: {
      rule: 'a finite number above zero, or null',
      test: (value) => value === null || rules.positive.test(value),
      remedy: 'Write null for none.',
    },
    layerDecay: layerRate,
    layers: oneOf('standard', 'reference'),
    depth: rules.positiveCount,
  });
  const { kind = 'adamW', b1, b2, epsilon, momentum = 0.9, weightDecay = 0.05, decay } = options;
  const { clipNorm = null, layerDecay: rate = 1, layers, depth } = options;
  const ofKind = {
    adamW: () => adamW({ b1, b2, epsilon, weightDecay, decay }),
    sgd: () => sgd({ momentum, weightDecay, decay }),
    lars: () => lars({ momentum, weightDecay, decay }),
  } as const;
  const perLayer = rate === 1 ? [] : [scaleByPath(layerDecay({ decay: rate, depth: depth ?? 0, layers }))];
  return skipNonFinite(chain(clipByGlobalNorm(clipNorm ?? unclipped), ofKind[kind](), ...perLayer));
}
