import type { Runner } from '@m3ae/compile';
import type { Dataset, Loader } from '@m3ae/datasets';
import { randomMask } from '@m3ae/masking';
import type { RgbImage, Tokenizer } from '@m3ae/preprocess';
import { foldIn, type RngKey } from '@m3ae/random';
import type { NdArray } from '@m3ae/tree';
import type { Evaluator } from '../evaluator.js';
import {
  type HiddenExamples,
  rebuildExamples,
  type RebuildingModel,
  type RebuiltExamples,
} from './rebuild.js';
import type { Gallery, GalleryInput, GalleryItem, GalleryPiece } from './types.js';
import { imageOf, type PatchLayout, viewsOf } from './views.js';

/** Examples that a gallery is made of. */
export interface GallerySource {
  readonly title: string;
  readonly indices: Int32Array;
  readonly dataset: Pick<Dataset, 'describe' | 'caption'>;
  readonly loader: Pick<Loader, 'load'>;
}

/** Options of {@link reconstructionEvaluator}. */
export interface ReconstructionOptions {
  /** Of all sources together. */
  readonly examples: number;
  /** What the model is shown of each example. */
  readonly inputs: readonly GalleryInput[];
  readonly imageMaskRatio: number;
  readonly textMaskRatio: number;
  /** Of what is hidden. */
  readonly key: RngKey;
  readonly layout: PatchLayout;
  /** Of a model that reads texts. */
  readonly tokenizer?: Pick<Tokenizer, 'pieces'>;
  /** Keeps a picture, by a name such as `3-rebuilt`, and gives its address or file name. */
  readonly addressOf: (picture: RgbImage, name: string) => Promise<string>;
}

/** Guesses shown for a hidden place. */
const guessCount = 5;

/** Pieces of one caption, hidden and guessed. */
export function piecesOf(
  { tokenIds, paddingMask, textPlan }: HiddenExamples,
  { text }: RebuiltExamples,
  row: number,
  tokenizer?: Pick<Tokenizer, 'pieces'>,
): GalleryPiece[] {
  if (!tokenIds || !paddingMask || !textPlan || !text || !tokenizer) return [];
  const [, length, vocabSize] = text.shape;
  const maskRow = textPlan.mask.shape[0] === 1 ? 0 : row;
  const pieces: GalleryPiece[] = [];
  for (let place = 0; place < length!; place++) {
    const at = row * length! + place;
    if (paddingMask.data[at]) continue;
    const [piece] = tokenizer.pieces([tokenIds.data[at]!]);
    const hidden = textPlan.mask.data[maskRow * length! + place] === 1;
    const probabilities = text.data.subarray(at * vocabSize!, (at + 1) * vocabSize!);
    pieces.push({ piece: piece!, hidden, guesses: hidden ? topGuesses(probabilities, tokenizer) : [] });
  }
  return pieces;
}

function topGuesses(
  probabilities: NdArray['data'],
  tokenizer: Pick<Tokenizer, 'pieces'>,
): GalleryPiece['guesses'] {
  const order = Array.from(probabilities.keys()).sort((a, b) => probabilities[b]! - probabilities[a]!);
  return order
    .slice(0, guessCount)
    .map((id) => ({ piece: tokenizer.pieces([id])[0]!, probability: probabilities[id]! }));
}

/** A spread of a source's examples, with most of them hidden. */
async function hideMost(
  { indices: all, loader }: GallerySource,
  count: number,
  number: number,
  { key, imageMaskRatio, textMaskRatio }: ReconstructionOptions,
): Promise<{ readonly examples: HiddenExamples; readonly indices: Int32Array }> {
  const stride = all.length / count;
  const wanted = Int32Array.from({ length: count }, (_, at) => all[Math.floor((at + 0.5) * stride)]!);
  // Those that cannot be read are left out.
  const { patches, tokenIds, paddingMask, indices } = await loader.load({ step: number, indices: wanted });
  const plan = (purpose: number, length: number, maskRatio: number) =>
    randomMask(foldIn(key, 2 * number + purpose), { length, maskRatio, rows: indices.length });
  return {
    indices,
    examples: {
      ...(patches && { patches, imagePlan: plan(0, patches.shape[1]!, imageMaskRatio) }),
      ...(tokenIds && { tokenIds, paddingMask, textPlan: plan(1, tokenIds.shape[1]!, textMaskRatio) }),
    },
  };
}

/** The halves of some examples that an input shows. */
function shownOf(
  { patches, imagePlan, tokenIds, paddingMask, textPlan }: HiddenExamples,
  input: GalleryInput,
): HiddenExamples {
  return {
    ...(input !== 'text' && patches && { patches, imagePlan }),
    ...(input !== 'image' && tokenIds && { tokenIds, paddingMask, textPlan }),
  };
}

async function picturesOf(
  item: number,
  row: number,
  { patches, imagePlan }: HiddenExamples,
  { image }: RebuiltExamples,
  { layout, addressOf }: ReconstructionOptions,
): Promise<Pick<GalleryItem, 'original' | 'hidden' | 'rebuilt' | 'error'>> {
  if (!patches || !imagePlan || !image) return { original: null, hidden: null, rebuilt: null, error: null };
  const [, tokens = 0, patchDim = 0] = patches.shape;
  const rowOf = ({ data }: NdArray, width: number) =>
    Float32Array.from(data.subarray(row * width, (row + 1) * width));
  const views = viewsOf(
    rowOf(patches, tokens * patchDim),
    rowOf(image, tokens * patchDim),
    rowOf(imagePlan.mask, tokens),
    layout,
  );
  const address = (view: 'original' | 'hidden' | 'rebuilt') =>
    addressOf(imageOf(views[view], layout), `${item}-${view}`);
  return {
    original: await address('original'),
    hidden: await address('hidden'),
    rebuilt: await address('rebuilt'),
    error: views.error,
  };
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

/** Hides most of some examples and lets a masked autoencoder rebuild them. */
export function reconstructionEvaluator(
  runner: Runner,
  model: RebuildingModel,
  options: ReconstructionOptions,
): Evaluator<Gallery, readonly GallerySource[]> {
  const addItems = async (items: GalleryItem[], source: GallerySource, count: number, number: number) => {
    const { examples, indices } = await hideMost(source, count, number, options);
    for (const input of indices.length === 0 ? [] : options.inputs) {
      const shown = shownOf(examples, input);
      if (Object.keys(shown).length === 0) continue;
      const rebuilt = await rebuildExamples(runner, model, shown);
      for (const [row, index] of indices.entries()) {
        items.push({
          input,
          part: source.title,
          source: source.dataset.describe(index),
          caption: source.dataset.caption(index),
          ...(await picturesOf(items.length, row, shown, rebuilt, options)),
          pieces: piecesOf(shown, rebuilt, row, options.tokenizer),
        });
      }
    }
  };
  return {
    name: 'reconstruct',
    async run(sources) {
      const { imageMaskRatio, textMaskRatio, layout } = options;
      const items: GalleryItem[] = [];
      for (const [number, source] of sources.entries()) {
        const share = Math.floor((options.examples + number) / sources.length);
        const count = Math.min(source.indices.length, share);
        if (count > 0) await addItems(items, source, count, number);
      }
      return { imageMaskRatio, textMaskRatio, side: layout.size, items, textAccuracy: sharesRight(items) };
    },
    headline: ({ textAccuracy }) =>
      Object.fromEntries(textAccuracy.map(({ input, part, share }) => [`${input}.${part}`, share])),
  };
}
