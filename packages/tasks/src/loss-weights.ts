import { collectFaults } from '@m3ae/errors';

/** Weights and options of the objective of a masked autoencoder. */
export interface LossWeights {
  /** Weight of the reconstruction of hidden patches. Default 1. */
  readonly imageWeight: number;
  /** Weight of the reconstruction of hidden word pieces. Default 0.1; the paper's appendix uses 0.5. */
  readonly textWeight: number;
  /** Weight of the text-only batch's loss; 0 leaves its forward pass out. Default 0. */
  readonly unpairedTextWeight: number;
  /** Count every patch, not only hidden ones. Default false. */
  readonly imageAllTokens: boolean;
  /** Count every real word piece, not only hidden ones. Default false. */
  readonly textAllTokens: boolean;
  /** Normalize each target patch by its own mean and deviation, as the original MAE's `norm_pix_loss`. Default false. */
  readonly normalizeTargets: boolean;
}

/** Flag defaults of the reference's `m3ae_main.py`. */
export const defaultLossWeights: LossWeights = {
  imageWeight: 1,
  textWeight: 0.1,
  unpairedTextWeight: 0,
  imageAllTokens: false,
  textAllTokens: false,
  normalizeTargets: false,
};

/**
 * Weights with their defaults.
 *
 * @throws RangeError naming every option that is unknown or out of range.
 */
export function resolveLossWeights(given: Partial<LossWeights> = {}): LossWeights {
  const check = collectFaults('loss');
  const known = Object.keys(defaultLossWeights) as (keyof LossWeights)[];
  check.refuseUnknown('', given, known);
  for (const name of known) {
    const value = given[name];
    if (value === undefined) continue;
    if (typeof defaultLossWeights[name] === 'boolean')
      check.require(typeof value === 'boolean', name, 'true or false', value, 'Leave it out for false.');
    else
      check.require(
        typeof value === 'number' && Number.isFinite(value) && value >= 0,
        name,
        'a finite number, zero or more',
        value,
        'Write 0 to leave a part out.',
      );
  }
  check.throwIfAny();
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...defaultLossWeights, ...defined };
}
