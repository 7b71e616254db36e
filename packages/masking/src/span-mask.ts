import { foldIn, type RngKey, uniform } from '@m3ae/random';
import { checkOptions, inInterval, integer, record, type RulesOf, withDefault } from '@m3ae/errors/rules';
import { type MaskOptions, maskRules, planByRows } from './random-mask.js';
import type { MaskPlan } from './mask-plan.js';

/** What {@link spanMask} needs to know. */
export interface SpanMaskOptions extends MaskOptions {
  /** Chance that a span ends after each of its tokens, in (0, 1]; 0.2 by default, as in SpanBERT. */
  readonly endProbability?: number;
  /** Longest span drawn; 10 by default, as in SpanBERT. */
  readonly maxSpan?: number;
}

/** The rules of the options that spans alone have. */
export const spanRules = {
  endProbability: withDefault(inInterval('(0, 1]', '0.2 gives spans of 3.8 tokens.'), 0.2),
  maxSpan: withDefault(integer({ min: 1 }, 'It counts tokens.'), 10),
} as const satisfies RulesOf<Omit<SpanMaskOptions, keyof MaskOptions>>;

const optionsRule = record({ ...maskRules, ...spanRules });

/**
 * Draws masks that hide runs of neighboring tokens, for text.
 *
 * Span lengths follow a geometric distribution cut off at `maxSpan` (3.8 tokens on average with the defaults); each
 * span starts at a visible token and runs to the right, until it ends, meets the end of the sequence or another span,
 * or as many tokens are hidden as by {@link randomMask} at the same ratio. Visible and hidden tokens are in order of
 * position.
 *
 * @param key - Random key; the same key always gives the same plan.
 * @param options - See {@link SpanMaskOptions}.
 * @throws RangeError if a size is not a positive integer, `maskRatio` is outside [0, 1] or leaves no visible token
 * (unless `allowEmpty`), `endProbability` is outside (0, 1], or an option is unknown.
 *
 * @example
 * ```ts
 * spanMask(key(0), { length: 64, maskRatio: 0.5, rows: 8 }).idsKeep.shape; // [8, 32]
 * ```
 *
 * @see Joshi et al., SpanBERT, section 3.1, https://arxiv.org/abs/1907.10529
 */
export function spanMask(key: RngKey, options: SpanMaskOptions): MaskPlan {
  const { endProbability, maxSpan, ...sizes } = checkOptions(optionsRule, options);
  return planByRows(key, sizes, (rowKey, tokens, count) => {
    let left = count;
    for (let span = 0; left > 0; span++) {
      const [place, size] = uniform(foldIn(rowKey, span), 2);
      left -= hideSpan(tokens, place!, Math.min(left, spanLength(size!, endProbability, maxSpan)));
    }
  });
}

/**
 * Turns a draw from [0, 1) into a span: geometric, given that it is at most `maxSpan`.
 * P(span <= n) = (1 - q^n) / (1 - q^maxSpan) with q = 1 - endProbability, inverted.
 */
export function spanLength(draw: number, endProbability: number, maxSpan: number): number {
  const q = 1 - endProbability;
  if (q === 0) return 1;
  const span = 1 + Math.floor(Math.log1p(-draw * (1 - q ** maxSpan)) / Math.log(q));
  return Math.min(span, maxSpan);
}

/** Hides up to `span` tokens from a random visible one on; returns how many. */
function hideSpan(tokens: Float32Array, draw: number, span: number): number {
  const visible = [...tokens.keys()].filter((token) => tokens[token] === 0);
  const start = visible[Math.floor(draw * visible.length)]!;
  let end = start;
  while (end < start + span && tokens[end] === 0) end++;
  tokens.fill(1, start, end);
  return end - start;
}
