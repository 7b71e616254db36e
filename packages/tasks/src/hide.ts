import type { Batch } from '@m3ae/datasets';
import {
  type CorruptOptions,
  corruptTokens,
  leaveOutPadding,
  type MaskPlan,
  realHiddenTokens,
} from '@m3ae/masking';
import { invalidField } from '@m3ae/errors';
import { foldIn } from '@m3ae/random';
import { drawNoise, type M3aeConfig } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import type { CollateDraw } from '@m3ae/training';
import { drops, keyOf, type Noise, noiseOf, type TextBatch } from './batch.js';
import type { HidingOptions } from './options.js';

/** What drawing the hidden part of a batch needs to know. */
interface HidingSettings {
  readonly model: M3aeConfig;
  readonly maskScope: 'sample' | 'batch';
  /** Whether places that are padding may be left out. */
  readonly trims: boolean;
  readonly draw: CollateDraw;
}

/** What may be done to texts beside hiding pieces. */
export interface TextHiding {
  /** Alter some pieces instead of hiding any, as BERT does, and predict those. Replaces `masking`. */
  readonly corruption?: Pick<
    CorruptOptions,
    'maskRatio' | 'maskId' | 'maskShare' | 'randomShare' | 'specialIds'
  >;
  /** Compute nothing for padding where a batch allows it, which changes no result. Default true. */
  readonly leaveOutPadding?: boolean;
}

/** Below so many hidden places the logits cost less than the recording of one more size. */
const fewHiddenPlaces = 512;

/** Which patches are hidden: [rows, patches], on a square grid where the patches make one. */
export function drawImagePlan(
  patches: NdArray,
  { masking, maskRatio }: Required<HidingOptions>,
  settings: HidingSettings,
): MaskPlan {
  const [batch, length] = patches.shape as [number, number, number];
  const side = Math.round(Math.sqrt(length));
  const grid = side * side === length ? ([side, side] as const) : undefined;
  return masking(maskKey('imageMasks', settings.draw), {
    length,
    grid,
    maskRatio,
    ...rowsOf(batch, settings),
  });
}

/**
 * The codes that are predicted instead of pixels, where a loader gives any.
 *
 * @throws InvalidInput if the model predicts codes and there are none, or the other way round.
 */
export function codesOf({ patches, imageIds }: Batch, { imageOutputDim }: M3aeConfig): NdArray | undefined {
  if (!patches) return undefined;
  if ((imageIds === undefined) === (imageOutputDim === undefined)) return imageIds;
  throw imageIds
    ? invalidField(
        'model.imageOutputDim',
        'the number of codes',
        imageOutputDim,
        'The examples have codes: set it.',
      )
    : invalidField(
        'examples.pictures.imageIds',
        'there',
        'nothing',
        'The model predicts codes: put a tokenizer behind the loader.',
      );
}

/**
 * Refuses word pieces that a model has no vector for, which some engines would read as others.
 *
 * @throws InvalidInput telling the largest.
 */
export function requireKnownPieces({ data }: NdArray, vocabSize: number): void {
  let largest = 0;
  for (const id of data) if (id > largest) largest = id;
  const remedy = 'Make the model with the vocabSize of the tokenizer that the loader has.';
  if (largest >= vocabSize)
    throw invalidField('examples.tokenIds', `below vocabSize of the model, ${vocabSize}`, largest, remedy);
}

/**
 * Texts with what is hidden or altered of them.
 *
 * @throws InvalidInput if the model has another vocabulary.
 */
export function drawTexts(
  purpose: 'textMasks' | 'unpairedTextMasks',
  { tokenIds, paddingMask }: Batch,
  { masking, maskRatio, corruption }: Required<HidingOptions> & TextHiding,
  settings: HidingSettings,
): TextBatch {
  const { model, draw, trims } = settings;
  const [batch, length] = tokenIds!.shape as [number, number];
  requireKnownPieces(tokenIds!, model.vocabSize);
  const text = { tokenIds: tokenIds!, paddingMask: paddingMask! };
  const key = maskKey(purpose, draw);
  if (corruption) {
    const options = {
      ...corruption,
      rows: batch,
      firstRow: draw.firstExample,
      vocabSize: model.vocabSize,
      paddingMask: paddingMask!.data,
    };
    const altered = corruptTokens(key, tokenIds!.data, options);
    const plan = showing(batch, length, altered.mask);
    return { ...text, inputIds: { shape: [batch, length], data: altered.tokenIds }, textPlan: plan };
  }
  const plan = masking(key, { length, maskRatio, ...rowsOf(batch, settings) });
  if (!trims || drops(model)) return { ...text, textPlan: plan };
  const textPlan = leaveOutPadding(plan, paddingMask!.data, batch);
  if (batch * textPlan.idsHidden.shape[1]! < fewHiddenPlaces) return { ...text, textPlan };
  const { rows, weights } = realHiddenTokens(textPlan, paddingMask!.data, batch);
  return { ...text, textPlan, textRows: { rows, weights } };
}

/** A plan that shows every token and marks some of them to be predicted. */
function showing(batch: number, length: number, mask: Float32Array): MaskPlan {
  const places = Int32Array.from({ length: batch * length }, (_, i) => i % length);
  return {
    idsKeep: { shape: [batch, length], data: places },
    idsHidden: { shape: [batch, 0], data: new Int32Array() },
    idsRestore: { shape: [batch, length], data: places },
    mask: { shape: [batch, length], data: mask },
  };
}

/** Dropout noise, where the model drops anything. */
export function forwardNoise(
  pass: 0 | 1,
  batch: { readonly patches?: NdArray; readonly imagePlan?: MaskPlan } & Partial<TextBatch>,
  { model, draw }: HidingSettings,
): Noise<NdArray> {
  const first = batch.patches ?? batch.tokenIds;
  if (!first) return {};
  const sizes = {
    batch: first.shape[0]!,
    firstExample: draw.firstExample,
    ...(batch.patches && {
      imageTokens: batch.patches.shape[1]!,
      imageKeep: batch.imagePlan!.idsKeep.shape[1]!,
    }),
    ...(batch.tokenIds && {
      textTokens: batch.tokenIds.shape[1]!,
      textKeep: batch.textPlan!.idsKeep.shape[1]!,
    }),
  };
  return noiseOf(pass, model, draw, (key) => drawNoise(key, model, sizes));
}

/** Evaluations have masks of their own, in turn for pictures and texts. */
function maskKey(purpose: 'imageMasks' | 'textMasks' | 'unpairedTextMasks', draw: CollateDraw) {
  if (!draw.evaluation) return keyOf(purpose, draw);
  return foldIn(draw.key, 2 * draw.step + (purpose === 'imageMasks' ? 0 : 1));
}

/** Which rows of the step's masks a batch takes: its own examples', or the one that all share. */
function rowsOf(batch: number, { maskScope, draw: { firstExample = 0 } }: HidingSettings) {
  if (maskScope === 'batch') return { rows: 1 };
  return firstExample === 0 ? { rows: batch } : { rows: batch, firstRow: firstExample };
}
