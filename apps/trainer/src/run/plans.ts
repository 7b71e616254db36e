import { planArrays, randomMask } from '@m3ae/masking';
import { foldIn, type RngKey } from '@m3ae/random';
import type { TrainerConfig } from '../config/schema.js';
import type { PlanLeaves } from '../step/index.js';
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
export function drawPlan(
  stream: RngKey,
  step: number,
  { length, maskRatio, batch, scope }: PlanRequest,
): PlanLeaves<NdArray> {
  const rows = scope === 'batch' ? 1 : batch;
  return planArrays(randomMask(foldIn(stream, step), { length, maskRatio, rows }));
}

/** Tokens of a picture. */
export function patchCount({ image }: Pick<TrainerConfig, 'image'>): number {
  return (image.size / image.patchSize) ** 2;
}
