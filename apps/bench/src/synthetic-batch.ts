import { leaveOutPadding, randomMask } from '@m3ae/masking';
import { foldIn, normal, randomInteger, type RngKey } from '@m3ae/random';
import type { M3aeConfig } from '@m3ae/transformer';
import { ndArray } from '@m3ae/tree';
import type { M3aeBatch } from '@m3ae/tasks';

/** Sizes of a made-up batch; the defaults of the command are those of the reference's pre-training. */
export interface SyntheticBatchOptions {
  readonly batch: number;
  /** Side of the square pictures, in pixels. */
  readonly imageSize: number;
  readonly textLength: number;
  /** Word pieces of each caption that are not padding. */
  readonly realTokens: number;
  readonly imageMaskRatio: number;
  readonly textMaskRatio: number;
  /** `batch`: one mask for all examples, as the reference. `sample`: one each. */
  readonly maskScope: 'batch' | 'sample';
  /** Compute padding too, whose results nothing reads. */
  readonly keepPadding: boolean;
}

/**
 * Made-up pictures and captions in the shapes of a real batch; the masks are drawn anew for each step.
 *
 * @returns A function from the step to its batch.
 */
export function syntheticBatches(
  key: RngKey,
  model: M3aeConfig,
  options: SyntheticBatchOptions,
): (step: number) => M3aeBatch {
  const { batch, imageSize, textLength, realTokens } = options;
  const patches = (imageSize / model.patchSize) ** 2;
  const patchDim = model.channels * model.patchSize ** 2;
  const padding = Float32Array.from({ length: batch * textLength }, (_, i) =>
    i % textLength < realTokens ? 0 : 1,
  );
  const tokens = randomInteger(foldIn(key, 1), batch * textLength, 1, model.vocabSize);
  const inputs = {
    patches: ndArray(normal(foldIn(key, 0), batch * patches * patchDim), [batch, patches, patchDim]),
    tokenIds: ndArray(
      tokens.map((token, i) => (padding[i] === 1 ? 0 : token)),
      [batch, textLength],
    ),
    paddingMask: ndArray(padding, [batch, textLength]),
  };
  const rows = options.maskScope === 'batch' ? 1 : batch;
  return (step) => {
    const chance = foldIn(foldIn(key, 2), step);
    const text = randomMask(foldIn(chance, 1), {
      length: textLength,
      maskRatio: options.textMaskRatio,
      rows,
    });
    return {
      ...inputs,
      imagePlan: randomMask(foldIn(chance, 0), { length: patches, maskRatio: options.imageMaskRatio, rows }),
      textPlan: options.keepPadding ? text : leaveOutPadding(text, padding, batch),
    };
  };
}
