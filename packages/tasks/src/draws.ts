import { isRecord } from '@m3ae/errors';
import { callback, inInterval, matching, oneOf, type RulesOf, withDefault } from '@m3ae/errors/rules';
import { type MaskStrategy, strategies } from '@m3ae/masking';
import type { CollateDraw } from '@m3ae/training';
import { foldIn, type RngKey } from '@m3ae/random';
import { type M3aeConfig, resolveM3aeConfig } from '@m3ae/transformer';

/** Purposes of the keys that a task derives, so that drawing more for one changes nothing for another. */
const purposes = { imageMasks: 3, textMasks: 4, unpairedTextMasks: 5, noise: 6, mixing: 9 } as const;

/** The key of one purpose in one step. */
export function keyOf(purpose: keyof typeof purposes, { key, step }: CollateDraw): RngKey {
  return foldIn(foldIn(key, purposes[purpose]), step);
}

/** The key of the noise of a step's first or second forward pass. */
export function noiseKey(pass: 0 | 1, { key, step }: CollateDraw): RngKey {
  return foldIn(foldIn(foldIn(key, purposes.noise), pass), step);
}

/** What is computed a second time for the gradient instead of being kept. */
export type Recompute = 'none' | 'blocks';

/** The rules of what all tasks have. */
export const taskRules = {
  decay: withDefault(
    oneOf(
      ['reference', 'exempt1d', 'facebook'],
      '"reference" is the rule of the method; "exempt1d" spares LayerNorm scales; "facebook" decays tokens too.',
    ),
    'reference',
  ),
  recompute: withDefault(oneOf(['none', 'blocks'], '"blocks" takes less memory and more time.'), 'none'),
} as const;

/** The rules of what tasks that hide tokens have. */
export const hidingRules = {
  ...taskRules,
  maskScope: withDefault(
    oneOf(['sample', 'batch'], '"batch" shares one mask among a batch, as the reference does.'),
    'sample',
  ),
} as const;

/** How the tokens of one modality are hidden. */
export interface HidingOptions {
  /** Which tokens. Default `strategies.random`. */
  readonly masking?: MaskStrategy;
  /** Share of tokens to hide, in [0, 1]. Default 0.75 (M3AE). */
  readonly maskRatio?: number;
}

/** The rules of {@link HidingOptions}. */
export const modalityRules = {
  masking: withDefault(
    callback<MaskStrategy>('a strategy', 'Take one of strategies of @m3ae/masking.', strategies.random),
    strategies.random,
  ),
  maskRatio: withDefault(inInterval('[0, 1]', 'Write three quarters as 0.75, not 75.'), 0.75),
} as const satisfies RulesOf<HidingOptions>;

/** A config that was resolved. */
export const resolvedModel = matching<M3aeConfig>(
  'a resolved config',
  (model) => isRecord(model) && Number.isInteger(model.embedDim),
  'Make it with resolveM3aeConfig.',
  resolveM3aeConfig(),
);

/** Whether a model drops anything, and so needs noise. */
export function drops(model: {
  readonly dropout: number;
  readonly attentionDropout: number;
  readonly dropPath: number;
}): boolean {
  return model.dropout > 0 || model.attentionDropout > 0 || model.dropPath > 0;
}
