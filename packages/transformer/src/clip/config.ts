import { faultOf, nearestDivisor, requireRecord, throwFaults } from '@m3ae/errors';
import { examine, integer, oneOf, optional, record, refined, withDefault } from '@m3ae/errors/rules';
import { type Pooling, poolingRule } from '../layers/heads.js';
import { examineM3aeConfig, type M3aeConfig, type M3aeConfigInput } from '../config.js';
import { modelRules } from '../config-rules.js';
import type { ClipParams, TextTowerParams } from '../params.js';
import { type ParameterShape, stack, token, trunkShapes } from '../shapes.js';

/** The text tower of a CLIP; its blocks share `mlpRatio`, `gelu`, `normEpsilon` and the rates of the trunk. */
export interface TextTowerConfig {
  /** Width; divisible by `heads`, and even where the places are fixed. */
  readonly dim: number;
  /** Blocks. */
  readonly depth: number;
  readonly heads: number;
  /** Longest text in tokens. */
  readonly length: number;
  /** `causal`: a token sees those before it alone, as in the original. `full`: all of them but padding. */
  readonly attention: 'causal' | 'full';
  /**
   * What stands for a text. `last`: its last real token, as in the original. `mean`: the mean of its real tokens.
   * `cls`: a learned token before them, which needs `full` attention.
   */
  readonly pooling: 'last' | 'mean' | 'cls';
  /** `learned`: one vector a place, as in the original. `fixed`: the sines and cosines of M3AE. */
  readonly positions: 'learned' | 'fixed';
}

/** A trunk beside a text tower; the decoder's fields have no use. */
export interface ClipConfig extends M3aeConfig {
  readonly textTower: TextTowerConfig;
  /** Width of the space that pictures and texts are mapped to. */
  readonly sharedDim: number;
  /** What stands for a picture; `cls` as in the original. */
  readonly pooling: Pooling;
}

/** What {@link resolveClipConfig} accepts beside the trunk. */
export interface ClipConfigInput {
  /** `length` is required; `dim`, `depth` and `heads` are the trunk's by default, the rest as in the original. */
  readonly textTower: Partial<TextTowerConfig> & Pick<TextTowerConfig, 'length'>;
  /** Default: the trunk's width. */
  readonly sharedDim?: number;
  readonly pooling?: Pooling;
}

const follows = 'Leave it out to follow the trunk.';
const { embedDim: width, depth: blocks, heads } = modelRules;

/** The rules of {@link TextTowerConfig}. */
export const textTowerRules = {
  dim: width,
  depth: blocks,
  heads,
  length: integer({ min: 1 }, follows),
  attention: withDefault(oneOf(['causal', 'full'], '"causal" is that of the original CLIP.'), 'causal'),
  pooling: optional(
    oneOf(
      ['last', 'mean', 'cls'],
      'Leave it out for "last" with causal attention and "mean" with full attention.',
    ),
  ),
  positions: withDefault(
    oneOf(['learned', 'fixed'], '"learned" is one vector a place; "fixed" are the codes of M3AE.'),
    'learned',
  ),
} as const;

/**
 * Fills in the defaults of a CLIP and checks every field.
 *
 * @param trunk - As for `resolveM3aeConfig`; `vocabSize` counts the text tower's rows.
 * @throws RangeError with one line for each fault.
 *
 * @example
 * ```ts
 * resolveClipConfig({ size: 'small' }, { textTower: { length: 64 } }).textTower.attention; // 'causal'
 * ```
 */
export function resolveClipConfig(trunk: M3aeConfigInput, clip: ClipConfigInput): ClipConfig {
  requireRecord('clip', clip, 'textTower, sharedDim, pooling', 'Write { textTower: { length: 64 } }.');
  requireRecord(
    'clip.textTower',
    clip.textTower,
    'length, dim, depth, heads',
    'Write { length: 64 } at least.',
  );
  const { value: base, faults } = examineM3aeConfig(trunk);
  const given = Object.entries(clip.textTower).filter(([, value]) => value !== undefined);
  const { embedDim: dim, depth, heads: count, mlpRatio } = base;
  const textTower = { dim, depth, heads: count, ...Object.fromEntries(given) };
  const { sharedDim = dim, ...rest } = clip;
  // What follows a trunk that is at fault would be told once more.
  const tower = faults.length > 0 ? towerRule : sizedTower(mlpRatio);
  const clipRule = record({ textTower: tower, sharedDim: width, pooling: poolingRule });
  const { value: own, faults: ownFaults } = examine(clipRule, { ...rest, textTower, sharedDim });
  throwFaults([...faults, ...ownFaults]);
  const usual = own.textTower.attention === 'causal' ? 'last' : 'mean';
  return { ...base, ...own, textTower: { ...own.textTower, pooling: own.textTower.pooling ?? usual } };
}

const towerRule = refined(record(textTowerRules), ['attention', 'pooling'], ({ attention, pooling }) => [
  attention === 'causal' &&
    pooling === 'cls' &&
    faultOf(
      'pooling',
      'last or mean with causal attention',
      'cls',
      'A first token sees no other; set attention to full.',
    ),
]);

/** A text tower whose sizes fit each other and the trunk's `mlpRatio`. */
const sizedTower = (mlpRatio: number) =>
  refined(towerRule, ['dim', 'heads', 'positions'], ({ dim, heads: count, positions }) => [
    dim % count !== 0 &&
      faultOf(
        'heads',
        `a divisor of dim (${dim})`,
        count,
        `Each head takes an equal share; use e.g. ${nearestDivisor(dim, count)}.`,
      ),
    !Number.isInteger(dim * mlpRatio) &&
      faultOf('dim', 'a width that mlpRatio makes whole', dim, 'Use a multiple of 4.'),
    positions === 'fixed' &&
      dim % 2 !== 0 &&
      faultOf('dim', 'even where positions are fixed', dim, 'Half of a code are sines and half cosines.'),
  ]);

/** Shapes and initializers of all parameters of a CLIP, allocating nothing. */
export function clipShapes(config: ClipConfig): ClipParams<ParameterShape> {
  const { embedDim, sharedDim, textTower } = config;
  return {
    ...trunkShapes(config),
    textTower: textTowerShapes(config),
    imageProjection: { kernel: { shape: [embedDim, sharedDim], initializer: 'inputNormal' } },
    textProjection: { kernel: { shape: [textTower.dim, sharedDim], initializer: 'inputNormal' } },
    logitScale: { shape: [], initializer: 'logitScale' },
  };
}

function textTowerShapes({ vocabSize, mlpRatio, textTower }: ClipConfig): TextTowerParams<ParameterShape> {
  const { dim, depth, length, pooling, positions } = textTower;
  return {
    table: { shape: [vocabSize, dim], initializer: 'smallNormal' },
    ...(positions === 'learned' && { positions: { shape: [length, dim], initializer: 'tinyNormal' } }),
    ...(pooling === 'cls' && { clsToken: token(dim) }),
    stack: stack(dim, depth, mlpRatio),
  };
}
