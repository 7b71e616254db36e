import { foldIn, type RngKey, uniform } from '@m3ae/random';
import {
  checkOptions,
  inInterval,
  integer,
  matching,
  record,
  type RulesOf,
  withDefault,
} from '@m3ae/errors/rules';
import { type MaskOptions, maskRules, planByRows } from './random-mask.js';
import type { MaskPlan } from './mask-plan.js';

/** What {@link blockMask} needs to know. */
export interface BlockMaskOptions extends Omit<MaskOptions, 'length'> {
  /** Rows and columns of the patches; their product is the length of the plan. */
  readonly grid: readonly [rows: number, columns: number];
  /** Smallest area of a block, in patches; 16 by default, as in BEiT. */
  readonly minBlock?: number;
  /** Narrowest height / width of a block, in (0, 1]; 0.3 by default, as in BEiT. The widest is its inverse. */
  readonly minAspect?: number;
}

/** The rules of the options that blocks alone have. */
export const blockRules = {
  minBlock: withDefault(integer({ min: 1 }, 'It counts patches.'), 16),
  minAspect: withDefault(
    inInterval('(0, 1]', '0.3 allows blocks from 0.3 to 1 / 0.3 times as high as wide.'),
    0.3,
  ),
} as const satisfies RulesOf<Pick<BlockMaskOptions, 'minBlock' | 'minAspect'>>;

const isGrid = (grid: unknown) =>
  Array.isArray(grid) && grid.length === 2 && grid.every((side) => Number.isInteger(side) && side > 0);

const { length: _length, ...sharedRules } = maskRules;
const optionsRule = record({
  ...sharedRules,
  ...blockRules,
  grid: matching<BlockMaskOptions['grid']>(
    'two positive integers',
    isGrid,
    'Pass [rows, columns] of the patches.',
    [1, 1],
  ),
});

/** Attempts to place one block before single patches fill the rest. */
const ATTEMPTS = 10;

/**
 * Draws masks that hide rectangular blocks of an image, which is harder to fill in than scattered patches.
 *
 * Blocks of random area and aspect are laid on the grid, overlapping at will, until as many patches are hidden as by
 * {@link randomMask} at the same ratio. BEiT stops a little short of that where no block fits; here single patches
 * beside the blocks make up the difference, because every row of a batch must hide equally many. Visible and hidden
 * tokens are in order of position.
 *
 * @param key - Random key; the same key always gives the same plan.
 * @param options - See {@link BlockMaskOptions}.
 * @returns A plan of `grid[0] * grid[1]` tokens in raster order.
 * @throws RangeError if a size is not a positive integer, `maskRatio` is outside [0, 1] or leaves no visible token
 * (unless `allowEmpty`), `minAspect` is outside (0, 1], or an option is unknown.
 *
 * @example
 * ```ts
 * blockMask(key(0), { grid: [16, 16], maskRatio: 0.4, rows: 8 }).idsKeep.shape; // [8, 153]
 * ```
 *
 * @see Bao et al., BEiT: BERT Pre-Training of Image Transformers, algorithm 1, https://arxiv.org/abs/2106.08254
 */
export function blockMask(key: RngKey, options: BlockMaskOptions): MaskPlan {
  const { grid, minBlock, minAspect, ...sizes } = checkOptions(optionsRule, options);
  const [gridRows, gridColumns] = grid;
  return planByRows(key, { ...sizes, length: gridRows * gridColumns }, (rowKey, cells, count) =>
    hideBlocks(rowKey, cells, count, { gridRows, gridColumns, minBlock, minAspect }),
  );
}

interface Blocks {
  readonly gridRows: number;
  readonly gridColumns: number;
  readonly minBlock: number;
  readonly minAspect: number;
}

/** Sets `count` of the cells to 1. */
function hideBlocks(key: RngKey, cells: Float32Array, count: number, blocks: Blocks): void {
  let left = count;
  let failures = 0;
  for (let attempt = 0; left > 0 && failures < ATTEMPTS; attempt++) {
    const hidden = hideBlock(uniform(foldIn(key, attempt), 4), cells, blocks, left);
    left -= hidden;
    failures = hidden > 0 ? 0 : failures + 1;
  }
  const order = uniform(foldIn(key, 0xffffffff), left); // a number of its own: attempts never get there
  for (const draw of order) hideNeighbor(draw, cells, blocks);
}

/** Lays one block, unless it does not fit, hides nothing new or hides more than `left`; returns how many it hid. */
function hideBlock(draws: Float32Array, cells: Float32Array, blocks: Blocks, left: number): number {
  const { gridRows, gridColumns, minBlock, minAspect } = blocks;
  const [areaDraw, aspectDraw, topDraw, leftDraw] = draws;
  const area = minBlock + areaDraw! * (Math.max(left, minBlock) - minBlock);
  const aspect = Math.exp((2 * aspectDraw! - 1) * Math.log(1 / minAspect)); // log-uniform, height / width
  const height = Math.max(1, Math.round(Math.sqrt(area * aspect)));
  const width = Math.max(1, Math.round(Math.sqrt(area / aspect)));
  if (height > gridRows || width > gridColumns) return 0;
  const top = Math.floor(topDraw! * (gridRows - height + 1));
  const first = Math.floor(leftDraw! * (gridColumns - width + 1));
  const fresh: number[] = [];
  for (let y = top; y < top + height; y++) {
    for (let x = first; x < first + width; x++) {
      const cell = y * gridColumns + x;
      if (cells[cell] === 0) fresh.push(cell);
    }
  }
  if (fresh.length > left) return 0;
  for (const cell of fresh) cells[cell] = 1;
  return fresh.length;
}

/** Hides one visible cell beside a hidden one, or any visible cell while nothing is hidden. */
function hideNeighbor(draw: number, cells: Float32Array, { gridColumns }: Blocks): void {
  const visible = [...cells.keys()].filter((cell) => cells[cell] === 0);
  const beside = visible.filter((cell) => {
    const x = cell % gridColumns;
    return (
      cells[cell - gridColumns] === 1 ||
      cells[cell + gridColumns] === 1 ||
      (x > 0 && cells[cell - 1] === 1) ||
      (x < gridColumns - 1 && cells[cell + 1] === 1)
    );
  });
  const candidates = beside.length > 0 ? beside : visible;
  cells[candidates[Math.floor(draw * candidates.length)]!] = 1;
}
