import { requireTensors } from '@m3ae/ops';
import type { MaskPlan, TrimmedMaskPlan } from '@m3ae/masking';
import type { Tree } from '@m3ae/tree';
import { Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { type M3aeConfig, patchDim } from '../config.js';
import { type Fault, faultOf, invalidField, requireRecord, throwFaults } from '@m3ae/errors';
import { squareGrid } from '../positions.js';

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

/** Checked inputs. */
export interface Checked {
  readonly batch: number;
  readonly image?: {
    readonly patches: Tensor3D;
    readonly plan?: TrimmedMaskPlan<Tensor2D>;
    readonly grid: readonly [number, number];
  };
  readonly text?: {
    readonly tokenIds: Tensor2D;
    readonly paddingMask?: Tensor2D;
    readonly plan?: TrimmedMaskPlan<Tensor2D>;
  };
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
  throwFaults([
    ...(patches ? patchFaults(patches, imagePlan, config, batch) : []),
    ...(tokenIds ? textFaults(tokenIds, paddingMask, textPlan, batch) : []),
    ...(patches && grid ? gridFaults(patches, grid) : []),
    ...(patches && config.learnedPositions
      ? gridFaults(patches, config.learnedPositions, 'config.learnedPositions')
      : []),
  ]);
  return {
    batch,
    ...(patches && {
      image: {
        patches,
        plan: imagePlan,
        grid: grid ?? config.learnedPositions ?? squareGrid(patches.shape[1]),
      },
    }),
    ...(tokenIds && { text: { tokenIds, paddingMask, plan: textPlan } }),
  };
}

function patchFaults(
  patches: Tensor3D,
  plan: TrimmedMaskPlan<Tensor2D> | undefined,
  config: M3aeConfig,
  batch: number,
): Fault[] {
  const expected = patchDim(config);
  const faults = planFaults('imagePlan', plan, patches.shape[1], batch);
  if (patches.rank === 3 && patches.shape[2] === expected) return faults;
  const remedy = `Patchify with patchSize ${config.patchSize} and ${config.channels} channels.`;
  return [faultOf('patches', `[batch, patches, ${expected}]`, `[${patches.shape}]`, remedy), ...faults];
}

function textFaults(
  tokenIds: Tensor2D,
  paddingMask: Tensor2D | undefined,
  plan: TrimmedMaskPlan<Tensor2D> | undefined,
  batch: number,
): Fault[] {
  const faults: Fault[] = [];
  const [rows, textLength] = tokenIds.shape;
  const bad = (field: string, rule: string, received: unknown, remedy: string) =>
    faults.push(faultOf(field, rule, received, remedy));
  if (tokenIds.rank !== 2 || rows !== batch) {
    bad(
      'tokenIds',
      `[batch, textLength] with batch ${batch}`,
      `[${tokenIds.shape}]`,
      'Pair each picture with one text.',
    );
  }
  if (tokenIds.dtype !== 'int32') {
    bad('tokenIds', 'of type int32', tokenIds.dtype, 'Build it from an Int32Array.');
  }
  if (paddingMask && paddingMask.shape.join() !== tokenIds.shape.join()) {
    const remedy = 'Give each token one entry: 1 = padding, 0 = real.';
    bad('paddingMask', `of the shape of tokenIds, [${tokenIds.shape}]`, `[${paddingMask.shape}]`, remedy);
  }
  return [...faults, ...planFaults('textPlan', plan, textLength, batch)];
}

function planFaults(
  field: string,
  plan: TrimmedMaskPlan<Tensor2D> | undefined,
  length: number,
  batch: number,
): Fault[] {
  if (plan === undefined) return [];
  if (!(plan?.mask instanceof Tensor)) {
    return [
      faultOf(field, 'a plan of tensors', plan, 'Outside of compiled functions planTensors() makes one.'),
    ];
  }
  const [rows, planned] = plan.mask.shape;
  const rule = `for ${length} tokens in 1 or ${batch} rows`;
  const remedy = 'Draw it for this sequence and batch.';
  return planned === length && (rows === 1 || rows === batch)
    ? []
    : [faultOf(field, rule, `[${plan.mask.shape}]`, remedy)];
}

function gridFaults(patches: Tensor3D, grid: readonly [number, number], path = 'grid'): Fault[] {
  if (!Array.isArray(grid)) return [faultOf('grid', '[rows, columns]', grid, 'Leave it out for a square.')];
  const count = patches.shape[1];
  const remedy = 'Divide height and width by patchSize.';
  return grid[0] * grid[1] === count ? [] : [faultOf(path, `rows * columns = ${count}`, `[${grid}]`, remedy)];
}
