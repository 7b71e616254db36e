import { faultOf, isRecord, type MaybeFault } from '@m3ae/errors';
import {
  callback,
  flag,
  inInterval,
  matching,
  number,
  oneOf,
  optionalRecord,
  record,
  refined,
  type RulesOf,
  withDefault,
} from '@m3ae/errors/rules';
import { type MaskStrategy, strategies } from '@m3ae/masking';
import { type M3aeConfig, resolveM3aeConfig } from '@m3ae/transformer';

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

const weight = (remedy: string) => number({ min: 0, limit: 1e6 }, remedy);

/** The rules of {@link LossWeights}, with the flag defaults of the reference's `m3ae_main.py`. */
export const lossRules = {
  imageWeight: withDefault(weight('Use 1 for the weight of the reference.'), 1),
  textWeight: withDefault(weight('Use 0.5 for the weight of the paper.'), 0.1),
  unpairedTextWeight: withDefault(weight('Use 0 where there is no text without pictures.'), 0),
  imageAllTokens: withDefault(flag('true counts visible patches too.'), false),
  textAllTokens: withDefault(flag('true counts visible word pieces too.'), false),
  normalizeTargets: withDefault(flag('true compares with each patch normalized by itself.'), false),
} as const satisfies RulesOf<LossWeights>;

/** What is wrong between weights: a loss of nothing but zeros learns nothing. */
export const lossFaults = ({
  imageWeight,
  textWeight,
  unpairedTextWeight,
}: Partial<LossWeights>): MaybeFault[] => [
  imageWeight === 0 && textWeight === 0 && unpairedTextWeight === 0
    ? faultOf('imageWeight', 'above 0 where the weights of text are 0', imageWeight, 'Leave it out for 1.')
    : false,
];

/** The rule of {@link LossWeights} as an option of a task. */
export const lossRule = optionalRecord(
  refined(record(lossRules), ['imageWeight', 'textWeight', 'unpairedTextWeight'], lossFaults),
);

/** The defaults of {@link LossWeights}. */
export const defaultLossWeights: LossWeights = lossRule.fallback();
