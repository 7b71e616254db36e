import type { Runner } from '@m3ae/compile';
import { randomMask } from '@m3ae/masking';
import type { RgbImage, Tokenizer } from '@m3ae/preprocess';
import { foldIn, type RngKey } from '@m3ae/random';
import type { NdArray } from '@m3ae/tree';
import { piecesOf } from './gallery.js';
import { type HiddenExamples, rebuildExamples, type RebuildingModel } from './rebuild.js';
import type { GalleryPiece } from './types.js';
import { imageOf, type PatchLayout, viewsOf } from './views.js';

/** A picture, a caption, or both. */
export interface OwnExample {
  /** Normalized: [1, patches, patchDim]. */
  readonly patches?: NdArray;
  readonly text?: {
    /** [textLength] */
    readonly tokenIds: Int32Array;
    /** 1 = padding: [textLength] */
    readonly paddingMask: Float32Array;
  };
}

/** Options of {@link rebuildOwn}. */
export interface RebuildOwnOptions {
  readonly layout: PatchLayout;
  /** Of a model that reads texts. */
  readonly tokenizer?: Pick<Tokenizer, 'pieces'>;
  /** Says what is hidden. */
  readonly key: RngKey;
  /** Shares to hide, in (0, 1). */
  readonly imageMaskRatio: number;
  readonly textMaskRatio: number;
}

/** One example, hidden and rebuilt. */
export interface RebuiltOwn {
  /** Original, hidden and rebuilt picture side by side; null without a picture. */
  readonly picture: RgbImage | null;
  /** Mean squared error over the hidden patches; null without a picture. */
  readonly error: number | null;
  readonly pieces: readonly GalleryPiece[];
}

/** The example with most of it hidden. */
function hideMost({ patches, text }: OwnExample, options: RebuildOwnOptions): HiddenExamples {
  const { key, imageMaskRatio, textMaskRatio } = options;
  const plan = (purpose: number, length: number, maskRatio: number) =>
    randomMask(foldIn(key, purpose), { length, maskRatio, rows: 1 });
  const textLength = text?.tokenIds.length ?? 0;
  return {
    ...(patches && {
      patches,
      imagePlan: plan(0, patches.shape[1]!, imageMaskRatio),
    }),
    ...(text && {
      tokenIds: { shape: [1, textLength], data: text.tokenIds },
      paddingMask: { shape: [1, textLength], data: text.paddingMask },
      textPlan: plan(1, textLength, textMaskRatio),
    }),
  };
}

function sideBySide(pictures: readonly RgbImage[]): RgbImage {
  const { width, height } = pictures[0]!;
  const data = new Uint8Array(width * pictures.length * height * 3);
  pictures.forEach((picture, at) => {
    for (let y = 0; y < height; y++) {
      const row = picture.data.subarray(y * width * 3, (y + 1) * width * 3);
      data.set(row, (y * pictures.length + at) * width * 3);
    }
  });
  return { width: width * pictures.length, height, channels: 3, data };
}

/**
 * Hides most of one example of a person and lets a model rebuild it.
 *
 * @param example - A picture, a caption or both; a model without text parameters takes pictures alone.
 */
export async function rebuildOwn(
  runner: Runner,
  model: RebuildingModel,
  example: OwnExample,
  options: RebuildOwnOptions,
): Promise<RebuiltOwn> {
  const { layout, tokenizer } = options;
  const hidden = hideMost(example, options);
  const rebuilt = await rebuildExamples(runner, model, hidden);
  const pieces = piecesOf(hidden, rebuilt, 0, tokenizer);
  const { patches, imagePlan } = hidden;
  if (!patches || !imagePlan || !rebuilt.image) return { picture: null, error: null, pieces };
  const [given, predicted] = [patches, rebuilt.image].map(({ data }) => Float32Array.from(data));
  const views = viewsOf(given!, predicted!, imagePlan.mask.data, layout);
  const pictures = [views.original, views.hidden, views.rebuilt].map((each) => imageOf(each, layout));
  return { picture: sideBySide(pictures), error: views.error, pieces };
}
