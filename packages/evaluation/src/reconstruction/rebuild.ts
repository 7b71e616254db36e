import type { Runner } from '@m3ae/compile';
import { applyM3ae, applyMae, type M3aeConfig, type M3aeParams, type MaeParams } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import { softmax, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { randomMask } from '@m3ae/masking';
import type { RgbImage, Tokenizer } from '@m3ae/preprocess';
import { foldIn, type RngKey } from '@m3ae/random';
import { textRows } from '../features/encode.js';
import {
  type GalleryPiece,
  type HiddenExamples,
  type PatchLayout,
  picturesOf,
  piecesOf,
  type RebuiltExamples,
} from './rebuilt.js';

/** A masked autoencoder and its weights; one without text parameters rebuilds pictures alone. */
export interface RebuildingModel {
  readonly config: M3aeConfig;
  readonly params: M3aeParams<NdArray> | MaeParams<NdArray>;
  /** Makes patches [batch, patches, patchDim] of what the image head gives, where that is no pixels. */
  readonly patchesOf?: (output: NdArray) => Promise<NdArray>;
}

/** Lets a model rebuild what is hidden of some examples, once. */
export async function rebuildExamples(
  runner: Runner,
  { config, params, patchesOf = async (output) => output }: RebuildingModel,
  examples: HiddenExamples,
): Promise<RebuiltExamples> {
  const program = runner<RebuiltExamples>(
    'reconstruct',
    (
      tensors: M3aeParams<Tensor> | MaeParams<Tensor>,
      { patches, imagePlan, tokenIds, paddingMask, textPlan }: HiddenExamples<Tensor2D, Tensor3D>,
    ) => {
      const pictures = patches && { patches, imagePlan };
      const texts = tokenIds && paddingMask && { tokenIds, paddingMask, textPlan };
      const { output } =
        texts && 'textHead' in tensors
          ? applyM3ae(tensors, config, { ...pictures, ...texts })
          : applyMae(tensors, config, pictures!);
      return {
        ...(output.image && { image: output.image }),
        ...(output.text && { text: softmax(output.text) }),
      };
    },
  );
  const copy = (array: NdArray | undefined) => array && { ...array, data: array.data.slice() };
  try {
    const { image, text } = await program.run(params, examples);
    return { ...(image && { image: await patchesOf(copy(image)!) }), ...(text && { text: copy(text) }) };
  } finally {
    await program.dispose();
  }
}

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

/** Hides most of some examples, other places of each; another `number` hides others. */
export function hideMost(
  { patches, tokenIds, paddingMask }: Pick<HiddenExamples, 'patches' | 'tokenIds' | 'paddingMask'>,
  number: number,
  { key, imageMaskRatio, textMaskRatio }: Pick<RebuildOwnOptions, 'key' | 'imageMaskRatio' | 'textMaskRatio'>,
): HiddenExamples {
  const plan = (purpose: number, { shape: [rows, length] }: NdArray, maskRatio: number) =>
    randomMask(foldIn(key, 2 * number + purpose), { length: length!, maskRatio, rows: rows! });
  return {
    ...(patches && { patches, imagePlan: plan(0, patches, imageMaskRatio) }),
    ...(tokenIds && { tokenIds, paddingMask, textPlan: plan(1, tokenIds, textMaskRatio) }),
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
  const { patches, text } = example;
  const hidden = hideMost({ patches, ...(text && textRows([text])) }, 0, options);
  const rebuilt = await rebuildExamples(runner, model, hidden);
  const found = picturesOf(hidden, rebuilt, 0, options.layout);
  return {
    picture: found && sideBySide([found.original, found.hidden, found.rebuilt]),
    error: found && found.error,
    pieces: piecesOf(hidden, rebuilt, 0, options.tokenizer),
  };
}
