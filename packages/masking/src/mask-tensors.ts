import { Tensor, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { faultOf, invalidField, type MaybeFault, requireRecord, throwFaults } from '@m3ae/errors';
import {
  type MaskPlan,
  type PlanArray,
  requireArrays,
  requirePlan,
  rowsFault,
  type TrimmedMaskPlan,
} from './mask-plan.js';

/**
 * Uploads a plan to the current tfjs backend, for eager use. The caller disposes the tensors.
 *
 * @example
 * ```ts
 * const plan = planTensors(randomMask(key(0), { length: 256, maskRatio: 0.75 }));
 * const visible = gatherTokens(tokens, 'keep', plan); // [batch, 256, dim] -> [batch, 64, dim]
 * dispose({ ...plan });
 * ```
 */
export function planTensors(plan: MaskPlan): MaskPlan<Tensor2D>;
export function planTensors(plan: TrimmedMaskPlan): TrimmedMaskPlan<Tensor2D>;
export function planTensors(plan: TrimmedMaskPlan): TrimmedMaskPlan<Tensor2D> {
  requireArrays(plan);
  const upload = ([name, { shape, data }]: [string, PlanArray]) => [
    name,
    tensor2d(data, shape as [number, number], name === 'mask' ? 'float32' : 'int32'),
  ];
  return Object.fromEntries(Object.entries(plan).map(upload)) as TrimmedMaskPlan<Tensor2D>;
}

/**
 * The plan itself, which must hold `idsRestore`: without it tokens cannot be put back.
 *
 * @throws RangeError if it is one that {@link leaveOutPadding} has trimmed.
 */
export function wholePlan<Leaf>(plan: TrimmedMaskPlan<Leaf> | MaskPlan<Leaf>): MaskPlan<Leaf> {
  requireRecord('plan', plan, 'idsKeep, idsHidden, idsRestore, mask', 'Take it from a strategy.');
  if ('idsRestore' in plan) return plan;
  const remedy =
    'Use the plan that was drawn: leaveOutPadding leaves places out, so tokens cannot be put back.';
  throw invalidField('plan', 'whole, with idsRestore', 'a trimmed plan', remedy);
}

/** Throws unless the plan's tensors fit each other, `batch`, and `length` where it is known. */
export function checkPlan(given: MaskPlan<Tensor2D>, batch: number, length?: number): void {
  requireTensors(given);
  const plan = wholePlan(given);
  const [rows, planLength] = plan.idsRestore.shape;
  const [keepRows, keep] = plan.idsKeep.shape;
  const [hiddenRows, hidden] = plan.idsHidden.shape;
  const rule = 'made of idsKeep [rows, keep], idsHidden [rows, length - keep] and idsRestore [rows, length]';
  const received = `[${plan.idsKeep.shape}], [${plan.idsHidden.shape}] and [${plan.idsRestore.shape}]`;
  throwFaults([
    ...sizeFaults(plan, batch, length),
    (keepRows !== rows || hiddenRows !== rows || keep + hidden !== planLength) &&
      faultOf('plan', rule, received, 'Take all of them from one plan.'),
  ]);
}

/** {@link checkPlan} for a plan that may lack places. */
export function checkTrimmedPlan(plan: TrimmedMaskPlan<Tensor2D>, batch: number, length: number): void {
  requireTensors(plan);
  const rule = 'made of idsKeep [rows, keep] and idsHidden [rows, hidden]';
  const received = `[${plan.idsKeep.shape}] and [${plan.idsHidden.shape}]`;
  throwFaults([
    ...sizeFaults(plan, batch, length),
    plan.idsKeep.shape[0] !== plan.idsHidden.shape[0] &&
      faultOf('plan', rule, received, 'Take both from one plan.'),
  ]);
}

function requireTensors(plan: unknown): void {
  const isTable = (part: unknown) => part instanceof Tensor && part.shape.length === 2;
  const remedy = 'Outside of compiled functions planTensors() makes tensors of a plan.';
  requirePlan(plan, isTable, 'a tensor [rows, places]', remedy);
}

/** Refuses what is no tensor with these axes. */
export function requireAxes(field: string, tensor: unknown, axes: string): void {
  const rank = axes.split(', ').length;
  if (tensor instanceof Tensor && tensor.shape.length === rank) return;
  const received = tensor instanceof Tensor ? `[${tensor.shape}]` : tensor;
  throw invalidField(field, `a tensor [${axes}]`, received, 'Arrays become tensors in a compiled function.');
}

/** Refuses what is no choice of tokens. */
export function requireChoice(choice: unknown): void {
  if (choice === 'keep' || choice === 'hidden') return;
  throw invalidField('choice', 'keep or hidden', choice, "Write 'keep' for the visible tokens.");
}

function sizeFaults({ mask }: TrimmedMaskPlan<Tensor2D>, batch: number, length?: number): MaybeFault[] {
  const [rows, planLength] = mask.shape;
  return [
    rowsFault(rows, batch),
    length !== undefined &&
      planLength !== length &&
      faultOf('plan', `for ${length} tokens`, planLength, 'Draw the mask with the length of the sequence.'),
  ];
}
