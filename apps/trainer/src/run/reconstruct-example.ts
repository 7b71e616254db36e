import { existsSync, writeFileSync } from 'node:fs';
import { decodeImage } from '@m3ae/datasets';
import { centerCrop, normalizedPatches, resizeShorterSide, type RgbImage } from '@m3ae/preprocess';
import { InputError } from '../config/config-error.js';
import { type OpenedRun, openRun } from '../evaluation/open-run.js';
import { layoutOf, piecesOf } from '../report/gallery.js';
import { encodePng, imageOf, viewsOf } from '../report/pictures.js';
import { engineOf } from './engine.js';
import { drawPlan } from './plans.js';
import { type Puzzle, solvePuzzle } from './reconstruct.js';
import { streamsOf } from './streams.js';

/** What to hide and rebuild. */
export interface ExampleRequest {
  readonly image: string | undefined;
  readonly caption: string | undefined;
  readonly out: string;
  readonly seed: number;
  readonly imageMaskRatio: number | undefined;
  readonly textMaskRatio: number | undefined;
}

async function readPicture(path: string): Promise<RgbImage> {
  if (!existsSync(path)) throw new InputError([`--image must be a file; received ${path}. Check the path.`]);
  try {
    return await decodeImage(path);
  } catch (error) {
    throw new InputError([`--image must be a picture; ${(error as Error).message}`]);
  }
}

async function puzzleOf({ config, record, vocabulary }: OpenedRun, request: ExampleRequest): Promise<Puzzle> {
  const { data } = record;
  const { size, patchSize } = config.image;
  const { gallery } = streamsOf(request.seed);
  const plan = (purpose: number, length: number, maskRatio: number) =>
    drawPlan(gallery, purpose, { length, maskRatio, batch: 1, scope: 'sample' });
  let puzzle: Puzzle = {};
  if (request.image !== undefined) {
    const square = centerCrop(resizeShorterSide(await readPicture(request.image), size), {
      width: size,
      height: size,
    });
    const values = normalizedPatches(square, { patchSize, mean: data.mean, std: data.std });
    const length = (size / patchSize) ** 2;
    puzzle = {
      patches: { shape: [1, length, values.length / length], data: values },
      imagePlan: plan(0, length, request.imageMaskRatio ?? config.report.maskRatio),
    };
  }
  if (request.caption !== undefined) {
    if (config.method === 'mae')
      throw new InputError([
        '--caption must be left out for a run of method "mae"; received one. It knows pictures alone.',
      ]);
    const { maxLength } = config.text;
    const { tokenIds, paddingMask } = vocabulary.tokenizer.encodePadded(request.caption, maxLength);
    puzzle = {
      ...puzzle,
      tokenIds: { shape: [1, maxLength], data: tokenIds },
      paddingMask: { shape: [1, maxLength], data: paddingMask },
      textPlan: plan(1, maxLength, request.textMaskRatio ?? config.report.textMaskRatio),
    };
  }
  return puzzle;
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

/** Hides and rebuilds one example, writes the picture and tells the words. */
export async function reconstructExample(
  folder: string,
  request: ExampleRequest,
  say: (line: string) => void,
): Promise<void> {
  const run = await openRun(folder);
  const { config } = run;
  const { method } = config;
  if (method !== 'm3ae' && method !== 'mae') {
    throw new InputError([
      `m3ae reconstruct needs a masked autoencoder; received ${folder}, of method "${method}". Choose a run of method "m3ae" or "mae".`,
    ]);
  }
  const puzzle = await puzzleOf(run, request);
  const solution = await solvePuzzle(method, run.model, run.params, puzzle, engineOf(config));
  if (puzzle.patches && solution.image) {
    const layout = layoutOf(config, run.statistics);
    const views = viewsOf(
      puzzle.patches.data as Float32Array,
      solution.image.data as Float32Array,
      puzzle.imagePlan!.mask.data,
      layout,
    );
    const pictures = [views.original, views.hidden, views.rebuilt].map((patches) => imageOf(patches, layout));
    writeFileSync(request.out, await encodePng(sideBySide(pictures)));
    say(`Picture: ${request.out} (original, hidden, rebuilt); error ${views.error.toFixed(3)}`);
  }
  for (const { piece, hidden, guesses } of piecesOf(puzzle, solution, 0, run.vocabulary)) {
    const shown = guesses
      .map((guess) => `${guess.piece} ${(100 * guess.probability).toFixed(1)} %`)
      .join(', ');
    say(hidden ? `[${piece}] -> ${shown}` : piece);
  }
}
