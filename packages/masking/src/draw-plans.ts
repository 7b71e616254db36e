import { foldIn, type RngKey } from '@m3ae/random';
import { blockMask, type BlockMaskOptions } from './block-mask.js';
import { fault, invalidField, positiveInteger, throwFaults, unknownKeys } from './errors.js';
import type { MaskPlan } from './mask-plan.js';
import { type MaskOptions, randomMask } from './random-mask.js';
import { spanMask, type SpanMaskOptions } from './span-mask.js';

/** How the tokens of one modality are hidden: a strategy by name, with the options of its function but for `rows`. */
export type MaskChoice =
  | ({ readonly strategy?: 'random' } & Omit<MaskOptions, 'rows'>)
  | ({ readonly strategy: 'block' } & Omit<BlockMaskOptions, 'rows'>)
  | ({ readonly strategy: 'span' } & Omit<SpanMaskOptions, 'rows'>);

/** What {@link drawPlans} needs to know. */
export interface DrawPlansOptions {
  /** Examples in the batch. */
  readonly batch: number;
  /** 'sample' (default): each example has a mask of its own. 'batch': all share one, as in the reference. */
  readonly maskScope?: 'sample' | 'batch';
  /** How image tokens are hidden; left out for a batch without images. */
  readonly image?: MaskChoice;
  /** How text tokens are hidden; left out for a batch without text. */
  readonly text?: MaskChoice;
}

/** Plans of a batch. */
export interface DrawnPlans {
  /** Present if asked for. */
  readonly image?: MaskPlan;
  /** Present if asked for. */
  readonly text?: MaskPlan;
}

/**
 * Draws the masks of one batch from a config: image and text independently, each with its own strategy and ratio.
 *
 * The image's plan is drawn from `foldIn(key, 0)` and the text's from `foldIn(key, 1)`, so neither depends on whether
 * the other is there.
 *
 * @param key - Random key of the step.
 * @param options - See {@link DrawPlansOptions}.
 * @throws RangeError under the conditions of the strategy's function, its message led by `image` or `text`.
 *
 * @example
 * ```ts
 * const { image, text } = drawPlans(foldIn(key(0), step), {
 *   batch: 64,
 *   image: { length: 256, maskRatio: 0.75 },
 *   text: { strategy: 'span', length: 64, maskRatio: 0.5 },
 * });
 * ```
 */
export function drawPlans(key: RngKey, options: DrawPlansOptions): DrawnPlans {
  const { batch, maskScope = 'sample', image, text } = options;
  throwFaults([
    ...unknownKeys(options, ['batch', 'maskScope', 'image', 'text']),
    positiveInteger('batch', batch, 'Pass the number of examples.'),
    !['sample', 'batch'].includes(maskScope) &&
      fault('maskScope', 'one of sample, batch', maskScope, 'The reference uses batch.'),
  ]);
  const rows = maskScope === 'batch' ? 1 : batch;
  return {
    ...(image && { image: drawPlan(foldIn(key, 0), image, rows, 'image') }),
    ...(text && { text: drawPlan(foldIn(key, 1), text, rows, 'text') }),
  };
}

const STRATEGIES: Readonly<Record<string, (key: RngKey, options: never) => MaskPlan>> = {
  random: randomMask,
  block: blockMask,
  span: spanMask,
};

function drawPlan(key: RngKey, choice: MaskChoice, rows: number, field: string): MaskPlan {
  const { strategy = 'random', ...options } = choice;
  if (!Object.hasOwn(STRATEGIES, strategy)) {
    const rule = `one of ${Object.keys(STRATEGIES).join(', ')}`;
    throw invalidField(`${field}.strategy`, rule, strategy, 'The reference uses random.');
  }
  try {
    return STRATEGIES[strategy]!(key, { ...options, rows } as never);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new RangeError(error.message.replace(/^/gm, `${field}.`), { cause: error });
  }
}
