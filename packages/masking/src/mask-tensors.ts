import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { fault, throwFaults } from './errors.js';
import { type MaskPlan, planArrays } from './mask-plan.js';

/** The arrays of a {@link MaskPlan} as tensors; `rows` is 1 or the batch size. */
export interface MaskTensors {
  /** Positions of the visible tokens, int32: [rows, keep]. */
  readonly idsKeep: Tensor2D;
  /** Positions of the hidden tokens, int32: [rows, length - keep]. */
  readonly idsHidden: Tensor2D;
  /** Shuffled place of each token, int32: [rows, length]. */
  readonly idsRestore: Tensor2D;
  /** 1 where hidden, 0 where visible, float32: [rows, length]. */
  readonly mask: Tensor2D;
}

/**
 * Uploads a plan to the current tfjs backend, for eager use. The caller disposes the four tensors.
 *
 * @example
 * ```ts
 * const plan = planTensors(randomMask(key(0), { length: 256, maskRatio: 0.75 }));
 * const visible = gatherTokens(tokens, 'keep', plan); // [batch, 256, dim] -> [batch, 64, dim]
 * dispose({ ...plan });
 * ```
 */
export function planTensors(plan: MaskPlan): MaskTensors {
  const { idsKeep, idsHidden, idsRestore, mask } = planArrays(plan);
  const ids = ({ shape, data }: typeof idsKeep) => tensor2d(data, shape as [number, number], 'int32');
  return {
    idsKeep: ids(idsKeep),
    idsHidden: ids(idsHidden),
    idsRestore: ids(idsRestore),
    mask: tensor2d(mask.data, mask.shape as [number, number], 'float32'),
  };
}

/**
 * Throws unless the plan's tensors fit each other and `batch` (and `length`, where it is known).
 * Unless `whole`, places may be missing, as after `leaveOutPadding`.
 */
export function checkPlan(plan: MaskTensors, batch: number, length?: number, whole = true): void {
  const [rows, planLength] = plan.idsRestore.shape;
  const [keepRows, keep] = plan.idsKeep.shape;
  const [hiddenRows, hidden] = plan.idsHidden.shape;
  throwFaults([
    rows !== 1 &&
      rows !== batch &&
      fault('plan', `of 1 row or of the batch, ${batch}`, `${rows} rows`, 'Draw the mask with rows: batch.'),
    length !== undefined &&
      planLength !== length &&
      fault('plan', `for ${length} tokens`, planLength, 'Draw the mask with the length of the sequence.'),
    (whole
      ? keepRows !== rows || hiddenRows !== rows || keep + hidden !== planLength
      : keepRows !== hiddenRows) &&
      fault(
        'plan',
        'made of idsKeep [rows, keep], idsHidden [rows, length - keep] and idsRestore [rows, length]',
        `[${plan.idsKeep.shape}], [${plan.idsHidden.shape}] and [${plan.idsRestore.shape}]`,
        'Take all three from planArrays of one plan.',
      ),
  ]);
}
