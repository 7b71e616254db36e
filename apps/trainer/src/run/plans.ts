import {
  leaveOutPadding,
  type MaskPlan,
  randomMask,
  realHiddenTokens,
  type TrimmedMaskPlan,
} from '@m3ae/masking';
import { foldIn, type RngKey } from '@m3ae/random';
import type { TrainerConfig } from '../config/schema.js';
import type { StepBatch } from '../step/index.js';
import type { NdArray } from '@m3ae/tree';

/** What {@link drawPlan} draws. */
export interface PlanRequest {
  /** Tokens in the sequence. */
  readonly length: number;
  readonly maskRatio: number;
  readonly batch: number;
  readonly scope: TrainerConfig['train']['maskScope'];
}

/** Draws what is hidden in one step: one mask an example, or one for the batch. */
export function drawPlan(stream: RngKey, step: number, request: PlanRequest): MaskPlan {
  return drawMask(stream, step, request);
}

/** The text plan of a step without what is computed for padding alone: places, and logits where there are many. */
export function drawTrimmedPlan(
  stream: RngKey,
  step: number,
  request: PlanRequest,
  { data: padding }: NdArray,
): { readonly textPlan: TrimmedMaskPlan; readonly textRows?: StepBatch['textRows'] } {
  const { batch } = request;
  const textPlan = leaveOutPadding(drawMask(stream, step, request), padding, batch);
  const hidden = textPlan.idsHidden.shape[1]!;
  // Below that the logits cost less than the recording of one more size.
  if (batch * hidden < 512) return { textPlan };
  return { textPlan, textRows: realHiddenTokens(textPlan, padding, batch) };
}

function drawMask(stream: RngKey, step: number, { length, maskRatio, batch, scope }: PlanRequest): MaskPlan {
  return randomMask(foldIn(stream, step), { length, maskRatio, rows: scope === 'batch' ? 1 : batch });
}

/** Tokens of a picture. */
export function patchCount({ image }: Pick<TrainerConfig, 'image'>): number {
  return (image.size / image.patchSize) ** 2;
}
