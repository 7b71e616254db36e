import { callback, inInterval, number, withDefault } from '@m3ae/errors/rules';
import type { ParameterRule } from './transform.js';

/** Learning rates and weight decay: a larger one can't be meant. */
export const largestRate = 1000;

/** A learning rate, or a weight decay. */
export const rate = (remedy: string) => number({ min: 0, limit: largestRate }, remedy);

/** Share of a buffer that an update keeps. */
export const share = (remedy: string) => inInterval('[0, 1)', remedy);

/** Which parameters something is for. */
export const parameterRule = callback<ParameterRule>(
  'a function of a parameter path',
  'For example (path) => !path.endsWith("bias").',
  () => true,
);

/** Rules that several optimizers share. */
export const shared = {
  epsilon: number({ min: 0, limit: 1 }, 'Use 1e-8.'),
  momentum: share('Use 0.9.'),
  weightDecay: rate('Use 0.05, as the paper does.'),
  decay: withDefault(parameterRule, () => true),
} as const;
