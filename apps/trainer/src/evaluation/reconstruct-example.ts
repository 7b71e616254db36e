import { unusable } from '@m3ae/errors';
import { writeWhole } from '@m3ae/checkpoint/files';
import {
  type GalleryPiece,
  type HiddenExamples,
  imageOf,
  piecesOf,
  rebuildExamples,
  type RebuildingModel,
  viewsOf,
} from '@m3ae/evaluation/reconstruction';
import { randomMask } from '@m3ae/masking';
import type { RgbImage } from '@m3ae/preprocess';
import { foldIn } from '@m3ae/random';
import type { OpenedRun } from './open-run.js';
import { encodeCaption, patchesOfPicture } from './own-input.js';
import { encodePng, layoutOf } from './pictures.js';
import { rebuildingModel } from './rebuild.js';
import { engineOf } from '../run/engine.js';
import { streamsOf } from '../run/streams.js';

/** What to hide and rebuild. */
export interface ExampleRequest {
  readonly image: string | undefined;
  readonly caption: string | undefined;
  readonly out: string;
  readonly seed: number;
  readonly imageMaskRatio: number | undefined;
  readonly textMaskRatio: number | undefined;
}

/** The example with most of it hidden, and what the model does not read of the caption. */
async function hideMost(
  run: OpenedRun,
  request: ExampleRequest,
): Promise<{ readonly example: HiddenExamples; readonly notes: readonly string[] }> {
  const { config } = run;
  const { size, patchSize } = config.image;
  const { gallery } = streamsOf(request.seed);
  const plan = (purpose: number, length: number, maskRatio: number) =>
    randomMask(foldIn(gallery, purpose), { length, maskRatio, rows: 1 });
  let example: HiddenExamples = {};
  const notes: string[] = [];
  if (request.image !== undefined) {
    const values = await patchesOfPicture(request.image, run);
    const length = (size / patchSize) ** 2;
    example = {
      patches: { shape: [1, length, values.length / length], data: values },
      imagePlan: plan(0, length, request.imageMaskRatio ?? config.report.maskRatio),
    };
  }
  if (request.caption !== undefined) {
    if (config.method === 'mae')
      throw unusable([
        '--caption must be left out for a model without text parameters, of method "mae"; received one. It knows pictures alone.',
      ]);
    const { maxLength } = config.text;
    const encoded = encodeCaption(request.caption, run);
    const { tokenIds, paddingMask } = encoded;
    notes.push(...encoded.notes);
    example = {
      ...example,
      tokenIds: { shape: [1, maxLength], data: tokenIds },
      paddingMask: { shape: [1, maxLength], data: paddingMask },
      textPlan: plan(1, maxLength, request.textMaskRatio ?? config.report.textMaskRatio),
    };
  }
  return { example, notes };
}

/** Three pictures side by side. */
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

/** One example, hidden and rebuilt. */
export interface RebuiltExample {
  /** File of original, hidden and rebuilt picture; null without a picture. */
  readonly picture: string | null;
  /** Mean squared error over the hidden patches; null without a picture. */
  readonly error: number | null;
  readonly pieces: readonly GalleryPiece[];
  /** What the model does not read of the caption. */
  readonly notes: readonly string[];
}

/**
 * Hides and rebuilds one example, and writes the picture.
 *
 * @throws InvalidInput if the model rebuilds nothing, or picture or caption cannot be used.
 */
export async function reconstructExample(run: OpenedRun, request: ExampleRequest): Promise<RebuiltExample> {
  const model = requireRebuilding(run);
  const { example, notes } = await hideMost(run, request);
  const rebuilt = await rebuildExamples(engineOf(run.config), model, example);
  const pieces = piecesOf(example, rebuilt, 0, run.vocabulary.tokenizer);
  const { patches, imagePlan } = example;
  if (!patches || !imagePlan || !rebuilt.image) return { picture: null, error: null, pieces, notes };
  const layout = layoutOf(run.config, run.statistics);
  const values = [patches, rebuilt.image].map(({ data }) => Float32Array.from(data));
  const views = viewsOf(values[0]!, values[1]!, imagePlan.mask.data, layout);
  const pictures = [views.original, views.hidden, views.rebuilt].map((patches) => imageOf(patches, layout));
  writeWhole(request.out, await encodePng(sideBySide(pictures)));
  return { picture: request.out, error: views.error, pieces, notes };
}

/** @throws InvalidInput for a model that rebuilds nothing. */
export function requireRebuilding(run: OpenedRun): RebuildingModel {
  const hasDecoder = run.foreign?.hasDecoder ?? true;
  const model = hasDecoder ? rebuildingModel(run) : undefined;
  if (model !== undefined) return model;
  const what = hasDecoder ? `of method "${run.config.method}"` : 'an encoder alone';
  throw unusable([
    `reconstruct needs a masked autoencoder; received ${run.folder}, ${what}. Choose a run of method "m3ae" or "mae".`,
  ]);
}
