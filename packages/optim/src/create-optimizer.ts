import { invalidField } from '@m3ae/errors';
import {
  checkOptions,
  kinds,
  nullable,
  number,
  oneOf,
  optional,
  type OutputOf,
  record,
  withDefault,
} from '@m3ae/errors/rules';
import { adamW, adamWRules } from './adam-w.js';
import { chain, type ParameterRule, type Transform } from './transform.js';
import { clipByGlobalNorm, skipNonFinite } from './global-norm.js';
import { lars } from './lars.js';
import { layerDecay, layerDecayRules, scaleByPath } from './layer-decay.js';
import { parameterRule, shared } from './rules.js';
import { sgd } from './sgd.js';

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

/** What all kinds have. */
const common = {
  weightDecay: withDefault(shared.weightDecay, 0.05),
  clipNorm: withDefault(
    nullable(number({ above: 0, limit: 1e12 }, 'The largest global norm of a gradient, or null for none.')),
    null,
  ),
  layerDecay: withDefault(layerDecayRules.decay, 1),
  layers: layerDecayRules.layers,
} as const;

const kind = <Kind extends 'adamW' | 'sgd' | 'lars'>(name: Kind) => withDefault(oneOf([name]), name);
const momentum = withDefault(shared.momentum, 0.9);

/**
 * The rules of {@link OptimizerOptions} by kind, but for those that no config can hold: which parameters decay, and how deep the model
 * is.
 */
export const optimizerRules = {
  adamW: {
    kind: kind('adamW'),
    b1: adamWRules.b1,
    b2: adamWRules.b2,
    epsilon: adamWRules.epsilon,
    ...common,
  },
  sgd: { kind: kind('sgd'), momentum, ...common },
  lars: { kind: kind('lars'), momentum, ...common },
} as const;

const model = { decay: optional(parameterRule), depth: optional(layerDecayRules.depth) } as const;

/** What is told where a kind is none. */
export const optimizerKinds = {
  rule: 'one of adamW, sgd, lars',
  remedy: 'The paper pre-trains with adamW.',
  usual: 'adamW',
} as const;

const anyOptimizer = kinds(
  'kind',
  {
    adamW: record({ ...optimizerRules.adamW, ...model }),
    sgd: record({ ...optimizerRules.sgd, ...model }),
    lars: record({ ...optimizerRules.lars, ...model }),
  },
  optimizerKinds,
);

/** What m3ae_main.py of the reference clips at where clipping is off: no gradient is so large. */
const unclipped = 1e9;

/**
 * The usual optimizer of a pre-training: clip, then the optimizer, then each layer's share of the rate; one transform that keeps
 * its state when a gradient is not finite.
 *
 * @returns A transform with the metrics `gradientNorm` and `skipped`. Its state is that of `chain`.
 * @throws InvalidInput naming every option that is unknown or out of range, or of another kind than the chosen one.
 *
 * @example
 * ```ts
 * const optimizer = createOptimizer({ kind: 'adamW', weightDecay: 0.05, decay: task.decays, clipNorm: 1 });
 * ```
 */
export function createOptimizer(options: OptimizerOptions = {}): Transform {
  const given = checkOptions(anyOptimizer, options);
  const { clipNorm } = given;
  return skipNonFinite(
    chain(clipByGlobalNorm(clipNorm ?? unclipped), optimizerOf(given), ...perLayerOf(given)),
  );
}

function perLayerOf({ layerDecay: decay, layers, depth }: OutputOf<typeof anyOptimizer>): Transform[] {
  if (decay === 1) return [];
  if (depth === undefined)
    throw invalidField('depth', 'given with layerDecay', depth, 'Count the blocks of the encoder.');
  return [scaleByPath(layerDecay({ decay, depth, layers }))];
}

function optimizerOf(given: OutputOf<typeof anyOptimizer>): Transform {
  const { weightDecay, decay } = given;
  if (given.kind === 'adamW') {
    const { b1, b2, epsilon } = given;
    return adamW({ b1, b2, epsilon, weightDecay, decay });
  }
  const { momentum } = given;
  return given.kind === 'sgd'
    ? sgd({ momentum, weightDecay, decay })
    : lars({ momentum, weightDecay, decay });
}
