import {
  type Fault,
  faultOf,
  multiplesAround,
  nearestDivisor,
  requireRecord,
  throwFaults,
} from '@m3ae/errors';
import { examine, type Examined, oneOf, record, refined } from '@m3ae/errors/rules';
import { modelRules } from './config-rules.js';

/** Everything that fixes the shape and the arithmetic of a model. */
export interface M3aeConfig {
  /** Width of the encoder; divisible by 4 and by `heads`. */
  readonly embedDim: number;
  /** Blocks in the encoder. */
  readonly depth: number;
  /** Attention heads in each encoder block. */
  readonly heads: number;
  /** Width of the decoder; divisible by 4 and by `decoderHeads`. */
  readonly decoderDim: number;
  /** Blocks in the decoder. */
  readonly decoderDepth: number;
  /** Attention heads in each decoder block. */
  readonly decoderHeads: number;
  /** Hidden width of each MLP, as a multiple of the block's width. */
  readonly mlpRatio: number;
  /** Side of a square patch, in pixels. */
  readonly patchSize: number;
  /** Channels of the pictures: 1 (gray), 3 (RGB) or 4. */
  readonly channels: number;
  /** Rows of the text table, and width of the text logits. The MAE twin has neither. */
  readonly vocabSize: number;
  /** Hidden layers in the image and text heads; 0 is a single linear map. */
  readonly outputHeadDepth: number;
  /** Whether learned vectors tell image tokens from text tokens, in encoder and decoder. */
  readonly useTypeEmbedding: boolean;
  /** `tanh`: the approximation of the reference. `erf`: the exact form of the original MAE. `quick`: that of the original CLIP. */
  readonly gelu: 'tanh' | 'erf' | 'quick';
  /** Added to the variance in every layer normalization. */
  readonly normEpsilon: number;
  /** Share of activations zeroed after each projection and in each MLP, in [0, 1). */
  readonly dropout: number;
  /** Share of attention weights zeroed, in [0, 1). */
  readonly attentionDropout: number;
  /** Share of residual branches skipped for each example, in [0, 1). */
  readonly dropPath: number;
  /** `constant`: the same `dropPath` in every block (reference). `linear`: from 0 in the first block to `dropPath` in the last. */
  readonly dropPathSchedule: 'constant' | 'linear';
  /** Width of the image head; by default `channels * patchSize ** 2`. A codebook's size where the targets are codes. */
  readonly imageOutputDim?: number;
  /**
   * Rows and columns of patches that have learned positions in the encoder, as in the original ViT. By default positions
   * are fixed codes, and a picture may be of any size.
   */
  readonly learnedPositions?: readonly [rows: number, columns: number];
  /** Whether the tokens are normalized before the encoder's first block, as in the original CLIP. Default false. */
  readonly inputNorm?: boolean;
}

/** What {@link resolveM3aeConfig} accepts: a named size, single fields, or both. */
export type M3aeConfigInput = Partial<M3aeConfig> & {
  /** Starts from these dimensions; fields given beside it win. */
  readonly size?: M3aeSize;
};

/** Name of a size of {@link m3aeSizes}. */
export type M3aeSize = 'small' | 'base' | 'large' | 'huge' | 'debug';

/** What a size fixes. */
export type M3aeDimensions = Pick<
  M3aeConfig,
  'embedDim' | 'depth' | 'heads' | 'decoderDim' | 'decoderDepth' | 'decoderHeads' | 'mlpRatio'
>;

const decoder = { decoderDim: 512, decoderDepth: 8, decoderHeads: 16, mlpRatio: 4 } as const;

/** Dimensions by name, as in the reference: ViT-S, ViT-B, ViT-L, ViT-H, and a shallow one for trials. */
export const m3aeSizes: Readonly<Record<M3aeSize, M3aeDimensions>> = {
  small: { embedDim: 384, depth: 12, heads: 6, ...decoder },
  base: { embedDim: 768, depth: 12, heads: 12, ...decoder },
  large: { embedDim: 1024, depth: 24, heads: 16, ...decoder },
  huge: { embedDim: 1280, depth: 32, heads: 16, ...decoder },
  debug: { embedDim: 1024, depth: 2, heads: 16, ...decoder, decoderDepth: 2 },
};

const sizeNames = Object.keys(m3aeSizes) as M3aeSize[]; // they are typed as strings

/**
 * Fills in defaults and checks every field.
 *
 * The defaults are the reference's: the dimensions of `large`, patches of 16, the BERT vocabulary.
 * Unlike the reference, a field given beside `size` wins over it, so `{ size: 'small', decoderDepth: 4 }` means what it says.
 *
 * @throws RangeError with one line for each fault: unknown key, unknown size, value out of range, heads that do
 * not divide the width, width not divisible by 4.
 *
 * @example
 * ```ts
 * resolveM3aeConfig({ size: 'small' }).embedDim; // 384
 * ```
 */
export function resolveM3aeConfig(input: M3aeConfigInput = {}): M3aeConfig {
  const { value, faults } = examineM3aeConfig(input);
  throwFaults(faults);
  return value;
}

/** What {@link resolveM3aeConfig} makes of its input, for who has more to check and tells all faults at once. */
export function examineM3aeConfig(input: M3aeConfigInput): Omit<Examined<M3aeConfig>, 'doubtful'> {
  requireRecord('config', input, 'size, patchSize, …', "Write e.g. { size: 'small' }.");
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const { size = 'large' } = input;
  const sizes = sizeNames.includes(size) ? m3aeSizes[size] : m3aeSizes.large; // the rule tells a wrong name
  const { value, faults } = examine(modelRule, { size, ...sizes, ...given });
  const { size: _size, ...config } = value;
  return { value: config, faults };
}

/** A model whose sizes are all given, and the name of the size that they were taken from. */
const modelRule = refined(
  record({ size: oneOf(sizeNames), ...modelRules }),
  ['embedDim', 'heads', 'decoderDim', 'decoderHeads', 'mlpRatio'],
  (config) => [
    ...widthFaults(config, 'embedDim', 'heads'),
    ...widthFaults(config, 'decoderDim', 'decoderHeads'),
    [config.embedDim, config.decoderDim].some((dim) => !Number.isInteger(dim * config.mlpRatio)) &&
      faultOf('mlpRatio', 'a ratio that makes whole hidden widths', config.mlpRatio, 'The reference has 4.'),
  ],
);

function widthFaults(
  config: M3aeConfig,
  width: 'embedDim' | 'decoderDim',
  heads: 'heads' | 'decoderHeads',
): Fault[] {
  const [dim, count] = [config[width], config[heads]];
  const codes = `Position codes are sines and cosines of rows and columns; use ${multiplesAround(dim, 4)}.`;
  const share = `Each head takes an equal share of the width; use e.g. ${nearestDivisor(dim, count)}.`;
  return [
    ...(dim % 4 === 0 ? [] : [faultOf(width, 'divisible by 4', dim, codes)]),
    ...(dim % count === 0 ? [] : [faultOf(heads, `a divisor of ${width} (${dim})`, count, share)]),
  ];
}

/** Numbers in one flattened patch: channels * patchSize ** 2. */
export function patchDim(config: M3aeConfig): number {
  return config.channels * config.patchSize ** 2;
}
