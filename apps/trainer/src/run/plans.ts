import { type MaskPlan, randomMask } from '@m3ae/masking';
import { foldIn, type RngKey } from '@m3ae/random';
import type { TrainerConfig } from '../config/schema.js';

/** Draws what is hidden of the examples of a gallery: one mask each. */
export function drawPlan(
  stream: RngKey,
  number: number,
  request: { readonly length: number; readonly maskRatio: number; readonly rows: number },
): MaskPlan {
  return randomMask(foldIn(stream, number), request);
}

/** Tokens of a picture. */
export function patchCount({ image }: Pick<TrainerConfig, 'image'>): number {
  return (image.size / image.patchSize) ** 2;
}
