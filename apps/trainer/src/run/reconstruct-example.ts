import { unusable } from '@m3ae/errors';
import type { RgbImage } from '@m3ae/preprocess';
import type { TrainerConfig } from '../config/schema.js';
import type { OpenedRun } from '../evaluation/open-run.js';
import { encodeCaption } from '../evaluation/own-caption.js';
import { patchesOfPicture } from '../evaluation/own-picture.js';
import { layoutOf, piecesOf } from '../report/gallery.js';
import type { GalleryPiece } from '../report/types.js';
import { encodePng, imageOf, viewsOf } from '../report/pictures.js';
import { engineOf } from './engine.js';
import { drawPlan } from './plans.js';
import { type Puzzle, solvePuzzle } from './reconstruct.js';
import { streamsOf } from './streams.js';
import { writeWhole } from '@m3ae/checkpoint/files';

/** What to hide and rebuild. */
export interface ExampleRequest {
  readonly image: string | undefined;
  readonly caption: string | undefined;
  readonly out: string;
  readonly seed: number;
  readonly imageMaskRatio: number | undefined;
  readonly textMaskRatio: number | undefined;
}

async function puzzleOf(
  run: OpenedRun,
  request: ExampleRequest,
): Promise<{ readonly puzzle: Puzzle; readonly notes: readonly string[] }> {
  const { config } = run;
  const { size, patchSize } = config.image;
  const { gallery } = streamsOf(request.seed);
  const plan = (purpose: number, length: number, maskRatio: number) =>
    drawPlan(gallery, purpose, { length, maskRatio, rows: 1 });
  let puzzle: Puzzle = {};
  const notes: string[] = [];
  if (request.image !== undefined) {
    const values = await patchesOfPicture(request.image, run);
    const length = (size / patchSize) ** 2;
    puzzle = {
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
    puzzle = {
      ...puzzle,
      tokenIds: { shape: [1, maxLength], data: tokenIds },
      paddingMask: { shape: [1, maxLength], data: paddingMask },
      textPlan: plan(1, maxLength, request.textMaskRatio ?? config.report.textMaskRatio),
    };
  }
  return { puzzle, notes };
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
  const { config, folder } = run;
  const method = rebuildingMethod(config.method, folder);
  const { puzzle, notes } = await puzzleOf(run, request);
  const solution = await solvePuzzle(method, run.model, run.params, puzzle, engineOf(config));
  const pieces = piecesOf(puzzle, solution, 0, run.vocabulary);
  if (!puzzle.patches || !solution.image) return { picture: null, error: null, pieces, notes };
  const layout = layoutOf(config, run.statistics);
  const views = viewsOf(
    puzzle.patches.data as Float32Array,
    solution.image.data as Float32Array,
    puzzle.imagePlan!.mask.data,
    layout,
  );
  const pictures = [views.original, views.hidden, views.rebuilt].map((patches) => imageOf(patches, layout));
  writeWhole(request.out, await encodePng(sideBySide(pictures)));
  return { picture: request.out, error: views.error, pieces, notes };
}

/** @throws InvalidInput for a method that rebuilds nothing. */
export function rebuildingMethod(method: TrainerConfig['method'], folder: string): 'm3ae' | 'mae' {
  if (method === 'm3ae' || method === 'mae') return method;
  throw unusable([
    `reconstruct needs a masked autoencoder; received ${folder}, of method "${method}". Choose a run of method "m3ae" or "mae".`,
  ]);
}
