import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { latestCheckpoint, loadCheckpoint } from '@m3ae/checkpoint/files';
import { matchTree } from '@m3ae/checkpoint';
import { decodeImage } from '@m3ae/datasets';
import {
  centerCrop,
  normalizedPatches,
  resizeShorterSide,
  type RgbImage,
  type VocabularyMapping,
} from '@m3ae/preprocess';
import { initM3ae, initMae, type M3aeConfig } from '@m3ae/transformer';
import { key } from '@m3ae/random';
import type { NdArray, Tree } from '@m3ae/tree';
import { InputError } from '../config/config-error.js';
import { layoutOf, piecesOf } from '../report/gallery.js';
import { encodePng, imageOf, viewsOf } from '../report/pictures.js';
import { engineOf } from './engine.js';
import { drawPlan } from './plans.js';
import { type Puzzle, solvePuzzle } from './reconstruct.js';
import { readRunRecord, type RunRecord, runPaths } from './run-folder.js';
import { modelConfig } from './step-config.js';
import { streamsOf } from './streams.js';
import { savedVocabulary, type Vocabulary } from './vocabulary.js';

/** What to hide and rebuild. */
export interface ExampleRequest {
  readonly image: string | undefined;
  readonly caption: string | undefined;
  readonly out: string;
  readonly seed: number;
  readonly imageMaskRatio: number | undefined;
  readonly textMaskRatio: number | undefined;
}

/** A trained model with what belongs to it. */
interface TrainedRun {
  readonly record: RunRecord;
  readonly model: M3aeConfig;
  readonly params: Tree<NdArray>;
  readonly vocabulary: Vocabulary;
}

/** Loads the newest checkpoint of a run. */
export async function loadRun(folder: string): Promise<TrainedRun> {
  const record = readRunRecord(folder);
  const newest = record && (await latestCheckpoint(folder));
  if (record === undefined || newest === undefined) {
    throw new InputError([
      `RUN must be a folder with a checkpoint; received ${folder}. Train one with "m3ae pretrain".`,
    ]);
  }
  const model = modelConfig(record.config, record.data.vocabSize);
  const fresh = record.config.method === 'mae' ? initMae(key(0), model) : initM3ae(key(0), model);
  const mapping = JSON.parse(readFileSync(runPaths(folder).vocabulary, 'utf8')) as VocabularyMapping | null;
  try {
    const { trees } = await loadCheckpoint(newest.folder);
    const params = matchTree(fresh as Tree<NdArray>, trees.model!, {
      name: `${newest.folder}/model.safetensors`,
    });
    return { record, model, params, vocabulary: savedVocabulary(mapping) };
  } catch (error) {
    if (error instanceof RangeError) throw new InputError([error.message]);
    throw error;
  }
}

async function readPicture(path: string): Promise<RgbImage> {
  if (!existsSync(path)) throw new InputError([`--image must be a file; received ${path}. Check the path.`]);
  try {
    return await decodeImage(path);
  } catch (error) {
    throw new InputError([`--image must be a picture; ${(error as Error).message}`]);
  }
}

async function puzzleOf({ record, vocabulary }: TrainedRun, request: ExampleRequest): Promise<Puzzle> {
  const { config, data } = record;
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
  const run = await loadRun(folder);
  const { config, data } = run.record;
  const puzzle = await puzzleOf(run, request);
  const solution = await solvePuzzle(config.method, run.model, run.params, puzzle, engineOf(config));
  if (puzzle.patches && solution.image) {
    const layout = layoutOf(config, { mean: data.mean, std: data.std });
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
