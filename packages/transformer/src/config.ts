import { type Fault, faultOf, nearestHint, requireRecord, throwFaults, unknownKeys } from '@m3ae/errors';

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

const optional = [
  'imageOutputDim',
  'learnedPositions',
  'inputNorm',
] as const satisfies readonly (keyof M3aeConfig)[];

const defaults: M3aeConfig = {
  ...m3aeSizes.large,
  patchSize: 16,
  channels: 3,
  vocabSize: 30522,
  outputHeadDepth: 0,
  useTypeEmbedding: true,
  gelu: 'tanh',
  normEpsilon: 1e-6,
  dropout: 0,
  attentionDropout: 0,
  dropPath: 0,
  dropPathSchedule: 'constant',
};

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
  requireRecord('config', input, 'size, patchSize, …', "Write e.g. { size: 'small' }.");
  const faults = unknownKeys('', input, [...Object.keys(defaults), ...optional, 'size']);
  const { size, ...fields } = input;
  if (size !== undefined && !Object.hasOwn(m3aeSizes, size)) {
    const sizes = Object.keys(m3aeSizes);
    faults.push(faultOf('size', `one of ${sizes.join(', ')}`, size, nearestHint(String(size), sizes)));
    throwFaults(faults);
  }
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const config: M3aeConfig = { ...defaults, ...(size === undefined ? {} : m3aeSizes[size]), ...given };
  throwFaults([...faults, ...configFaults(config)]);
  return config;
}

/** Numbers in one flattened patch: channels * patchSize ** 2. */
export function patchDim(config: M3aeConfig): number {
  return config.channels * config.patchSize ** 2;
}

function configFaults(config: M3aeConfig): Fault[] {
  const faults: Fault[] = [];
  const check = (ok: boolean, field: keyof M3aeConfig, rule: string, remedy: string) => {
    if (!ok) faults.push(faultOf(field, rule, config[field], remedy));
  };
  const positive = (field: keyof M3aeConfig, remedy: string) =>
    check(isCount(config[field], 1), field, 'a positive integer', remedy);
  positive('embedDim', 'ViT-S has 384.');
  positive('depth', 'ViT-S has 12.');
  positive('heads', 'ViT-S has 6.');
  positive('decoderDim', 'The reference has 512.');
  positive('decoderDepth', 'The reference has 8.');
  positive('decoderHeads', 'The reference has 16.');
  positive('patchSize', 'The reference has 16.');
  positive('vocabSize', 'The BERT vocabulary has 30522.');
  if (config.imageOutputDim !== undefined) positive('imageOutputDim', 'Leave it out to predict pixels.');
  check(isCount(config.outputHeadDepth, 0), 'outputHeadDepth', 'an integer from 0', 'The reference has 0.');
  check([1, 3, 4].includes(config.channels), 'channels', '1, 3 or 4', 'RGB pictures have 3.');
  widthFaults(config, 'embedDim', 'heads', check);
  widthFaults(config, 'decoderDim', 'decoderHeads', check);
  const hidden = [config.embedDim * config.mlpRatio, config.decoderDim * config.mlpRatio];
  check(
    hidden.every((width) => isCount(width, 1)),
    'mlpRatio',
    'a ratio that makes whole hidden widths',
    'The reference has 4.',
  );
  check(
    ['tanh', 'erf', 'quick'].includes(config.gelu),
    'gelu',
    'tanh, erf or quick',
    'The reference has tanh.',
  );
  const { learnedPositions: grid, inputNorm } = config;
  check(
    grid === undefined ||
      (Array.isArray(grid) && grid.length === 2 && grid.every((side) => isCount(side, 1))),
    'learnedPositions',
    '[rows, columns] of patches',
    'Leave it out for fixed positions.',
  );
  check(
    inputNorm === undefined || typeof inputNorm === 'boolean',
    'inputNorm',
    'true or false',
    'Leave it out for false.',
  );
  check(
    typeof config.useTypeEmbedding === 'boolean',
    'useTypeEmbedding',
    'true or false',
    'The reference has true.',
  );
  check(config.normEpsilon > 0, 'normEpsilon', 'above 0', 'The reference has 1e-6.');
  for (const rate of ['dropout', 'attentionDropout', 'dropPath'] as const) {
    check(config[rate] >= 0 && config[rate] < 1, rate, 'in [0, 1)', 'Write a tenth as 0.1, not 10.');
  }
  check(
    config.dropPathSchedule === 'constant' || config.dropPathSchedule === 'linear',
    'dropPathSchedule',
    'constant or linear',
    'The reference has constant.',
  );
  return faults;
}

type Check = (ok: boolean, field: keyof M3aeConfig, rule: string, remedy: string) => void;

function widthFaults(
  config: M3aeConfig,
  width: 'embedDim' | 'decoderDim',
  heads: 'heads' | 'decoderHeads',
  check: Check,
) {
  if (!isCount(config[width], 1) || !isCount(config[heads], 1)) return;
  check(
    config[width] % 4 === 0,
    width,
    'divisible by 4',
    'Position codes are sines and cosines of rows and columns.',
  );
  check(
    config[width] % config[heads] === 0,
    heads,
    `a divisor of ${width} (${config[width]})`,
    'Each head takes an equal share of the width.',
  );
}

function isCount(value: unknown, least: number): boolean {
  return Number.isInteger(value) && (value as number) >= least;
}
