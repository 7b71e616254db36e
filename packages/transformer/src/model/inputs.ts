import { requireTensors } from '@m3ae/ops';
import type { MaskPlan, TrimmedMaskPlan } from '@m3ae/masking';
import type { Tree } from '@m3ae/tree';
import { Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { type M3aeConfig, patchDim } from '../config.js';
import { faultOf, invalidField, type MaybeFault, requireRecord, throwFaults } from '@m3ae/errors';
import { positions1d, positions2d, squareGrid } from '../positions.js';

/** A batch of pictures. */
export interface ImageInputs {
  /** Patchified, normalized pixels: [batch, patches, patchDim]; a patch flattens (row, column, channel). */
  readonly patches?: Tensor3D;
  /** Which patches are hidden; without it none is. */
  readonly imagePlan?: MaskPlan<Tensor2D>;
  /** From `drawNoise`; without it nothing is dropped. */
  readonly noise?: Tree<Tensor>;
}

/** A batch of pictures, of texts, or of pairs. */
export interface M3aeInputs extends ImageInputs {
  /** int32 [batch, textLength] */
  readonly tokenIds?: Tensor2D;
  /** 1 = padding, 0 = real: [batch, textLength]; without it every token is real. */
  readonly paddingMask?: Tensor2D;
  /** Which text tokens are hidden; without it none is. */
  readonly textPlan?: TrimmedMaskPlan<Tensor2D>;
}

/** Rows and columns of patches; by default a square grid. */
export interface GridOptions {
  readonly grid?: readonly [rows: number, columns: number];
}

/** How a model runs forward. */
export interface ForwardOptions extends GridOptions {
  /**
   * Whether a block keeps its input alone for the gradient, and is computed a second time for it: less memory, more work, the same
   * numbers. What happens inside of blocks is not among the activations then. Default false.
   */
  readonly recompute?: boolean;
}

/** What encoder and decoder need to know of one modality. */
export type Modality = {
  /** Tokens in place order, visible and hidden. */
  readonly tokens: number;
  readonly keep: number;
  /** Hidden tokens; `keep + hidden` is less than `tokens` where padding is left out. */
  readonly hidden: number;
  readonly plan?: TrimmedMaskPlan<Tensor2D>;
  /** 1 = padding: [batch, tokens]. */
  readonly padding?: Tensor2D;
  /** Codes of all places, [tokens, dim]. */
  readonly codes: (dim: number) => Float32Array;
} & (
  | { readonly name: 'image'; readonly patches: Tensor3D }
  | { readonly name: 'text'; readonly tokenIds: Tensor2D }
);

/** Checked inputs. */
export interface Checked {
  readonly batch: number;
  /** The modalities that are given, pictures first. */
  readonly parts: readonly Modality[];
}

/** @throws RangeError with one line for each fault of shape. */
export function checkInputs(inputs: M3aeInputs, config: M3aeConfig, { grid }: GridOptions): Checked {
  requireRecord('inputs', inputs, 'patches, tokenIds, …', 'Pass tensors by name.');
  const { patches, imagePlan, tokenIds, paddingMask, textPlan } = inputs;
  const first = patches ?? tokenIds;
  if (first === undefined) {
    throw invalidField('inputs', 'patches, tokenIds or both', 'neither', 'Leave out only the absent part.');
  }
  requireTensors({}, { patches, tokenIds, paddingMask });
  const batch = first.shape[0]!;
  const { learnedPositions } = config;
  throwFaults([
    ...(patches ? patchFaults(patches, imagePlan, config, batch) : []),
    ...(tokenIds ? idsFaults(tokenIds, paddingMask, textPlan, batch) : []),
    patches && grid ? gridFault(patches, grid) : undefined,
    patches && learnedPositions ? gridFault(patches, learnedPositions, 'config.learnedPositions') : undefined,
  ]);
  const parts: Modality[] = [];
  if (patches) {
    const [rows, columns] = grid ?? learnedPositions ?? squareGrid(patches.shape[1]);
    const codes = (dim: number) => positions2d(rows, columns, dim);
    parts.push({ name: 'image', patches, ...counted(patches.shape[1], imagePlan), codes });
  }
  if (tokenIds) {
    const tokens = tokenIds.shape[1];
    const codes = (dim: number) => positions1d(tokens, dim);
    parts.push({ name: 'text', tokenIds, padding: paddingMask, ...counted(tokens, textPlan), codes });
  }
  return { batch, parts };
}

/** How many tokens there are, and how many of them a plan shows and hides. */
const counted = (tokens: number, plan: TrimmedMaskPlan<Tensor2D> | undefined) => ({
  tokens,
  keep: plan?.idsKeep.shape[1] ?? tokens,
  hidden: plan?.idsHidden.shape[1] ?? 0,
  plan,
});

function patchFaults(
  patches: Tensor3D,
  plan: TrimmedMaskPlan<Tensor2D> | undefined,
  config: M3aeConfig,
  batch: number,
): MaybeFault[] {
  const expected = patchDim(config);
  const remedy = `Patchify with patchSize ${config.patchSize} and ${config.channels} channels.`;
  return [
    !(patches.rank === 3 && patches.shape[2] === expected) &&
      faultOf('patches', `[batch, patches, ${expected}]`, `[${patches.shape}]`, remedy),
    planFault('imagePlan', plan, patches.shape[1], batch),
  ];
}

function idsFaults(
  tokenIds: Tensor2D,
  paddingMask: Tensor2D | undefined,
  plan: TrimmedMaskPlan<Tensor2D> | undefined,
  batch: number,
): MaybeFault[] {
  const [rows, textLength] = tokenIds.shape;
  const rule = `[batch, textLength] with batch ${batch}`;
  const misshapen =
    (tokenIds.rank !== 2 || rows !== batch) &&
    faultOf('tokenIds', rule, `[${tokenIds.shape}]`, 'Pair each picture with one text.');
  return [...textFaults(tokenIds, paddingMask, misshapen), planFault('textPlan', plan, textLength, batch)];
}

/**
 * What is wrong with a batch of texts.
 *
 * @param misshapen - What is wrong with the shape of the ids.
 */
export function textFaults(
  tokenIds: Tensor2D,
  paddingMask: Tensor2D | undefined,
  misshapen: MaybeFault,
): MaybeFault[] {
  const { dtype, shape } = tokenIds;
  const remedy = 'Give each token one entry: 1 = padding, 0 = real.';
  return [
    misshapen,
    dtype !== 'int32' && faultOf('tokenIds', 'of type int32', dtype, 'Build it from an Int32Array.'),
    paddingMask !== undefined &&
      paddingMask.shape.join() !== shape.join() &&
      faultOf('paddingMask', `of the shape of tokenIds, [${shape}]`, `[${paddingMask.shape}]`, remedy),
  ];
}

function planFault(
  field: string,
  plan: TrimmedMaskPlan<Tensor2D> | undefined,
  length: number,
  batch: number,
): MaybeFault {
  if (plan === undefined) return undefined;
  if (!(plan?.mask instanceof Tensor)) {
    const remedy = 'Outside of compiled functions planTensors() makes one.';
    return faultOf(field, 'a plan of tensors', plan, remedy);
  }
  const [rows, planned] = plan.mask.shape;
  const rule = `for ${length} tokens in 1 or ${batch} rows`;
  const fits = planned === length && (rows === 1 || rows === batch);
  return !fits && faultOf(field, rule, `[${plan.mask.shape}]`, 'Draw it for this sequence and batch.');
}

function gridFault(patches: Tensor3D, grid: readonly [number, number], path = 'grid'): MaybeFault {
  if (!Array.isArray(grid)) return faultOf('grid', '[rows, columns]', grid, 'Leave it out for a square.');
  const count = patches.shape[1];
  const remedy = 'Divide height and width by patchSize.';
  return grid[0] * grid[1] !== count && faultOf(path, `rows * columns = ${count}`, `[${grid}]`, remedy);
}
