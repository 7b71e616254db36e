import { faultOf, invalidField, requireList, requireRecord, throwFaults } from '@m3ae/errors';
import { anything, checkOptions, kinds, record } from '@m3ae/errors/rules';
import type { RngKey } from '@m3ae/random';
import { blockMask, type BlockMaskOptions, blockRules } from './block-mask.js';
import type { MaskPlan } from './mask-plan.js';
import { type MaskOptions, randomMask } from './random-mask.js';
import { spanMask, type SpanMaskOptions, spanRules } from './span-mask.js';

/** What a {@link MaskStrategy} is asked for. */
export interface MaskRequest extends MaskOptions {
  /** [rows, columns] of an image's patches, in raster order; absent for text. */
  readonly grid?: readonly [number, number];
  /** Masks to draw: 1 to share one among the batch, or the batch size. */
  readonly rows: number;
  /** As in {@link MaskOptions}. A strategy that passes it over gives all micro-batches of a step the same masks. */
  readonly firstRow?: number;
}

/** Decides which tokens are hidden; the same key and request always give the same plan. */
export type MaskStrategy = (key: RngKey, request: MaskRequest) => MaskPlan;

/** A strategy by its name, with the options of its function; or one of your own. */
export type MaskChoice =
  | { readonly strategy: 'random' }
  | ({ readonly strategy: 'block' } & Pick<BlockMaskOptions, 'minBlock' | 'minAspect'>)
  | ({ readonly strategy: 'span' } & Pick<SpanMaskOptions, 'endProbability' | 'maxSpan'>)
  | { readonly strategy: MaskStrategy };

const choiceRule = kinds(
  'strategy',
  {
    random: record({ strategy: anything }),
    block: record({ strategy: anything, ...blockRules }),
    span: record({ strategy: anything, ...spanRules }),
  },
  { rule: "a record such as { strategy: 'random' }", remedy: 'The reference uses random.' },
);

/**
 * Checks a choice such as a config holds.
 *
 * @returns The choice.
 * @throws RangeError if the name is not one of random, block, span, or an option is unknown or out of range.
 */
export function checkMaskChoice<Choice extends MaskChoice>(choice: Choice): Choice {
  if (typeof choice?.strategy !== 'function') checkOptions(choiceRule, choice, { whole: 'choice' });
  return choice;
}

/**
 * A strategy made of a choice such as a config holds.
 *
 * @throws RangeError under the conditions of {@link checkMaskChoice}.
 *
 * @example
 * ```ts
 * const strategy = maskStrategy({ strategy: 'block', minBlock: 4 });
 * strategy(key(0), { length: 64, grid: [8, 8], maskRatio: 0.5, rows: 2 });
 * ```
 */
export function maskStrategy(choice: MaskChoice): MaskStrategy {
  const { strategy, ...given } = checkMaskChoice(choice);
  if (typeof strategy === 'function') return strategy;
  switch (strategy) {
    case 'random':
      return (key, request) => randomMask(key, withoutGrid(request));
    case 'span':
      return (key, request) => spanMask(key, { ...withoutGrid(request), ...given });
    case 'block':
      return (key, request) => {
        const { length, ...sizes } = withoutGrid(request);
        return blockMask(key, { ...sizes, ...given, grid: gridOf(request.grid, length) });
      };
  }
}

function withoutGrid(request: MaskRequest): Omit<MaskRequest, 'grid'> {
  requireRecord('request', request, 'length, maskRatio, rows', 'Say how many tokens to hide of how many.');
  const { grid: _grid, ...sizes } = request;
  return sizes;
}

function gridOf(grid: MaskRequest['grid'], length: number): readonly [number, number] {
  if (grid === undefined) {
    const remedy = 'Blocks are for images.';
    throw invalidField('strategy', 'random or span for a sequence without a grid', 'block', remedy);
  }
  requireList('grid', grid, 'Pass [rows, columns] of the patches.');
  throwFaults([
    grid[0] * grid[1] !== length &&
      faultOf('grid', `of ${length} patches`, `[${grid}]`, 'Pass [rows, columns] of the patches.'),
  ]);
  return grid;
}

/** The named strategies with their default options. */
export const strategies = {
  /** Hides tokens independently of their place; see {@link randomMask}. */
  random: maskStrategy({ strategy: 'random' }),
  /** Hides rectangles of an image's grid; see {@link blockMask}. */
  block: maskStrategy({ strategy: 'block' }),
  /** Hides runs of neighboring tokens, for text; see {@link spanMask}. */
  span: maskStrategy({ strategy: 'span' }),
} as const satisfies Record<string, MaskStrategy>;
