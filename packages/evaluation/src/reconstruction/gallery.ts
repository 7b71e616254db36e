import type { Runner } from '@m3ae/compile';
import type { Dataset, Loader } from '@m3ae/datasets';
import type { RgbImage, Tokenizer } from '@m3ae/preprocess';
import type { RngKey } from '@m3ae/random';
import type { Evaluator } from '../evaluator.js';
import { hideMost, rebuildExamples, type RebuildingModel } from './rebuild.js';
import { type GalleryPiece, type HiddenExamples, type PatchLayout, picturesOf, piecesOf } from './rebuilt.js';

/** What the model was shown of an example: picture with caption, one of the two alone. */
export type GalleryInput = 'paired' | 'image' | 'text';

/** One row of the gallery; pictures are addresses or file names, null where there is none. */
export interface GalleryItem {
  readonly input: GalleryInput;
  /** Part that the example is of. */
  readonly part: string;
  readonly source: string;
  readonly caption: string;
  readonly original: string | null;
  readonly hidden: string | null;
  readonly rebuilt: string | null;
  /** Mean squared error over the hidden patches, in normalized pixels; null without a picture. */
  readonly error: number | null;
  readonly pieces: readonly GalleryPiece[];
}

/** Pictures with most of them hidden, and what the model made of them. */
export interface Gallery {
  readonly imageMaskRatio: number;
  readonly textMaskRatio: number;
  /** Side of a picture in pixels. */
  readonly side: number;
  readonly items: readonly GalleryItem[];
  /** Share of hidden word pieces guessed right at first try, by input and part; empty without text. */
  readonly textAccuracy: readonly {
    readonly input: GalleryInput;
    readonly part: string;
    readonly share: number;
  }[];
}

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

/** A spread of a source's examples, with most of them hidden. */
async function hiddenSpread(
  { indices: all, loader }: GallerySource,
  count: number,
  number: number,
  options: ReconstructionOptions,
): Promise<{ readonly examples: HiddenExamples; readonly indices: Int32Array }> {
  const stride = all.length / count;
  const wanted = Int32Array.from({ length: count }, (_, at) => all[Math.floor((at + 0.5) * stride)]!);
  // Those that cannot be read are left out.
  const { patches, tokenIds, paddingMask, indices } = await loader.load({ step: number, indices: wanted });
  return { indices, examples: hideMost({ patches, tokenIds, paddingMask }, number, options) };
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
    const { examples, indices } = await hiddenSpread(source, count, number, options);
    for (const input of indices.length === 0 ? [] : options.inputs) {
      const shown = shownOf(examples, input);
      if (Object.keys(shown).length === 0) continue;
      const rebuilt = await rebuildExamples(runner, model, shown);
      for (const [row, index] of indices.entries()) {
        const found = picturesOf(shown, rebuilt, row, options.layout);
        const item = items.length;
        const address = async (view: 'original' | 'hidden' | 'rebuilt') =>
          found && options.addressOf(found[view], `${item}-${view}`);
        items.push({
          input,
          part: source.title,
          source: source.dataset.describe(index),
          caption: source.dataset.caption(index),
          original: await address('original'),
          hidden: await address('hidden'),
          rebuilt: await address('rebuilt'),
          error: found && found.error,
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
