import type { Pooling } from '../layers/pool.js';
import { type M3aeConfig, type M3aeConfigInput, resolveM3aeConfig } from '../config.js';
import { type Fault, faultOf, nearestDivisor, requireRecord, throwFaults } from '@m3ae/errors';
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
  const base = resolveM3aeConfig(trunk);
  const given = Object.fromEntries(Object.entries(clip.textTower).filter(([, value]) => value !== undefined));
  const attention = clip.textTower.attention ?? 'causal';
  const textTower: TextTowerConfig = {
    dim: base.embedDim,
    depth: base.depth,
    heads: base.heads,
    attention,
    pooling: attention === 'causal' ? 'last' : 'mean',
    positions: 'learned',
    ...(given as typeof clip.textTower),
  };
  const { sharedDim = base.embedDim, pooling = 'cls' } = clip;
  const config = { ...base, textTower, sharedDim, pooling };
  throwFaults(clipFaults(config));
  return config;
}

function clipFaults({ textTower, sharedDim, pooling, mlpRatio }: ClipConfig): Fault[] {
  const faults: Fault[] = [];
  const check = (ok: boolean, field: string, rule: string, received: unknown, remedy: string) => {
    if (!ok) faults.push(faultOf(field, rule, received, remedy));
  };
  const { dim, depth, heads, length, attention, positions } = textTower;
  const counts = { dim, depth, heads, length };
  for (const [name, value] of Object.entries(counts)) {
    check(
      isCount(value),
      `textTower.${name}`,
      'a positive integer',
      value,
      'Leave it out to follow the trunk.',
    );
  }
  check(isCount(sharedDim), 'sharedDim', 'a positive integer', sharedDim, 'The original has 512.');
  check(
    pooling === 'cls' || pooling === 'mean',
    'pooling',
    'cls or mean',
    pooling,
    'The original reads cls.',
  );
  const oneOf = (field: 'attention' | 'pooling' | 'positions', words: readonly string[]) => {
    const remedy = `The original has ${words[0]!}.`;
    check(
      words.includes(textTower[field]),
      `textTower.${field}`,
      words.join(' or '),
      textTower[field],
      remedy,
    );
  };
  oneOf('attention', ['causal', 'full']);
  oneOf('pooling', ['last', 'mean', 'cls']);
  oneOf('positions', ['learned', 'fixed']);
  if (faults.length > 0) return faults;
  check(
    dim % heads === 0,
    'textTower.heads',
    `a divisor of dim (${dim})`,
    heads,
    `Each head takes an equal share; use e.g. ${nearestDivisor(dim, heads)}.`,
  );
  check(
    isCount(dim * mlpRatio),
    'textTower.dim',
    'a width that mlpRatio makes whole',
    dim,
    'Use a multiple of 4.',
  );
  check(
    positions === 'learned' || dim % 2 === 0,
    'textTower.dim',
    'even where positions are fixed',
    dim,
    'Half of a code are sines and half cosines.',
  );
  check(
    !(attention === 'causal' && textTower.pooling === 'cls'),
    'textTower.pooling',
    'last or mean with causal attention',
    'cls',
    'A first token sees no other; set attention to full.',
  );
  return faults;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

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
