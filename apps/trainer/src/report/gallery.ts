import type { Loader } from '@m3ae/datasets';
import type { M3aeConfig } from '@m3ae/transformer';
import type { NdArray, Tree } from '@m3ae/tree';
import type { TrainerConfig } from '../config/schema.js';
import type { Runner } from '@m3ae/compile';
import type { Part } from '../run/parts.js';
import { drawPlan } from '../run/plans.js';
import { type Puzzle, solvePuzzle, type Solution } from '../run/reconstruct.js';
import type { ChannelStatistics } from '../run/statistics.js';
import type { Streams } from '../run/streams.js';
import type { Vocabulary } from '../run/vocabulary.js';
import { dataUri, imageOf, type PatchLayout, viewsOf } from './pictures.js';
import type { Gallery, GalleryInput, GalleryItem, GalleryPiece } from './types.js';

/** What {@link createGallery} works with. */
export interface GalleryParts {
  readonly config: TrainerConfig;
  readonly model: M3aeConfig;
  readonly params: Tree<NdArray>;
  readonly vocabulary: Vocabulary;
  readonly statistics: ChannelStatistics;
  readonly streams: Streams;
  readonly engine: Runner;
  /** Parts that were not trained on, each with its loader. */
  readonly sources: readonly { readonly part: Part; readonly loader: Loader }[];
  /** What the model is shown; by default what the method was trained on. */
  readonly inputs?: readonly GalleryInput[];
}

/** Guesses shown for a hidden place. */
const guessCount = 5;

/** Layout of the pictures of a config. */
export function layoutOf({ image, loss }: TrainerConfig, statistics: ChannelStatistics): PatchLayout {
  const { mean, std } = statistics;
  return { size: image.size, patchSize: image.patchSize, mean, std, normalizeTargets: loss.normalizeTargets };
}

/** Pieces of one caption, hidden and guessed. */
export function piecesOf(
  puzzle: Puzzle,
  solution: Solution,
  row: number,
  { tokenizer }: Vocabulary,
): GalleryPiece[] {
  const { tokenIds, paddingMask, textPlan } = puzzle;
  if (!tokenIds || !paddingMask || !textPlan || !solution.text) return [];
  const length = tokenIds.shape[1]!;
  const vocabSize = solution.text.shape[2]!;
  const maskRow = textPlan.mask.shape[0] === 1 ? 0 : row;
  const pieces: GalleryPiece[] = [];
  for (let place = 0; place < length; place++) {
    if (paddingMask.data[row * length + place]) continue;
    const [piece] = tokenizer.pieces([tokenIds.data[row * length + place]!]);
    const hidden = textPlan.mask.data[maskRow * length + place] === 1;
    const start = (row * length + place) * vocabSize;
    const probabilities = solution.text.data.subarray(start, start + vocabSize);
    pieces.push({ piece: piece!, hidden, guesses: hidden ? topGuesses(probabilities, tokenizer) : [] });
  }
  return pieces;
}

function topGuesses(
  probabilities: NdArray['data'],
  tokenizer: Vocabulary['tokenizer'],
): GalleryPiece['guesses'] {
  const order = Array.from(probabilities.keys()).sort((a, b) => probabilities[b]! - probabilities[a]!);
  return order
    .slice(0, guessCount)
    .map((id) => ({ piece: tokenizer.pieces([id])[0]!, probability: probabilities[id]! }));
}

/** Rows of one part: a spread of its examples, and their puzzle. */
async function puzzleOf(
  { config, streams }: GalleryParts,
  { part, loader }: GalleryParts['sources'][number],
  count: number,
  number: number,
): Promise<{ puzzle: Puzzle; indices: Int32Array }> {
  const stride = part.indices.length / count;
  const wanted = Int32Array.from(
    { length: count },
    (_, at) => part.indices[Math.floor((at + 0.5) * stride)]!,
  );
  // Those that cannot be read are left out.
  const { patches, tokenIds, paddingMask, indices } = await loader.load({ step: number, indices: wanted });
  const batch = indices.length;
  const plan = (purpose: number, length: number, maskRatio: number) =>
    drawPlan(streams.gallery, 2 * number + purpose, { length, maskRatio, rows: batch });
  const { maskRatio, textMaskRatio } = config.report;
  return {
    indices,
    puzzle: {
      ...(patches && { patches, imagePlan: plan(0, patches.shape[1]!, maskRatio) }),
      ...(tokenIds && { tokenIds, paddingMask, textPlan: plan(1, tokenIds.shape[1]!, textMaskRatio) }),
    },
  };
}

/** The halves of a puzzle that an input shows. */
function shownOf(
  { patches, imagePlan, tokenIds, paddingMask, textPlan }: Puzzle,
  input: GalleryInput,
): Puzzle {
  return {
    ...(input !== 'text' && patches && { patches, imagePlan }),
    ...(input !== 'image' && tokenIds && { tokenIds, paddingMask, textPlan }),
  };
}

async function picturesOf(
  row: number,
  puzzle: Puzzle,
  solution: Solution,
  { config, statistics }: GalleryParts,
): Promise<Pick<GalleryItem, 'original' | 'hidden' | 'rebuilt' | 'error'>> {
  if (!puzzle.patches || !solution.image) return { original: null, hidden: null, rebuilt: null, error: null };
  const layout = layoutOf(config, statistics);
  const [, tokens, patchDim] = puzzle.patches.shape as [number, number, number];
  const values = tokens * patchDim;
  const rowOf = ({ data }: NdArray) => (data as Float32Array).slice(row * values, (row + 1) * values);
  const mask = puzzle.imagePlan!.mask.data.subarray(row * tokens, (row + 1) * tokens);
  const views = viewsOf(rowOf(puzzle.patches), rowOf(solution.image), mask, layout);
  const [original, hidden, rebuilt] = await Promise.all(
    [views.original, views.hidden, views.rebuilt].map((patches) => dataUri(imageOf(patches, layout))),
  );
  return { original: original!, hidden: hidden!, rebuilt: rebuilt!, error: views.error };
}

/** Share of the hidden pieces that were guessed right, by input and part. */
function sharesRight(items: readonly GalleryItem[]): Gallery['textAccuracy'] {
  const keyOf = ({ input, part }: GalleryItem) => JSON.stringify([input, part]);
  return [...new Set(items.map(keyOf))].flatMap((key) => {
    const group = items.filter((item) => keyOf(item) === key);
    const hidden = group.flatMap(({ pieces }) => pieces.filter((piece) => piece.hidden));
    const right = hidden.filter(({ piece, guesses }) => guesses[0]!.piece === piece).length;
    const { input, part } = group[0]!;
    return hidden.length === 0 ? [] : [{ input, part, share: right / hidden.length }];
  });
}

/** Hides most of some unseen examples and lets the model rebuild them. */
export async function createGallery(parts: GalleryParts): Promise<Gallery | null> {
  const { config, model, params, engine, sources, vocabulary } = parts;
  const { method } = config;
  if (method !== 'm3ae' && method !== 'mae') return null; // the others rebuild nothing
  const inputs = parts.inputs ?? [method === 'm3ae' ? 'paired' : 'image'];
  const items: GalleryItem[] = [];
  for (const [number, source] of sources.entries()) {
    const share = Math.floor((config.report.examples + number) / sources.length);
    const count = Math.min(source.part.indices.length, share);
    if (count === 0) continue;
    const { puzzle, indices } = await puzzleOf(parts, source, count, number);
    if (indices.length === 0) continue;
    for (const input of inputs) {
      const shown = shownOf(puzzle, input);
      if (Object.keys(shown).length === 0) continue;
      const solution = await solvePuzzle(method, model, params, shown, engine);
      const { dataset, title } = source.part;
      for (const [row, index] of indices.entries()) {
        items.push({
          input,
          part: title,
          source: dataset.describe(index),
          caption: dataset.caption(index),
          ...(await picturesOf(row, shown, solution, parts)),
          pieces: piecesOf(shown, solution, row, vocabulary),
        });
      }
    }
  }
  if (items.length === 0) return null;
  return {
    imageMaskRatio: config.report.maskRatio,
    textMaskRatio: config.report.textMaskRatio,
    side: config.image.size,
    items,
    textAccuracy: sharesRight(items),
  };
}
