import { faultOf, throwFaults } from '@m3ae/errors';
import { type GridOptions, type M3aeConfig, type M3aeParams, representM3ae } from '@m3ae/transformer';
import type { NdArray } from '@m3ae/tree';
import { stack, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { batches, takeRows } from '../batches.js';
import type { Runner } from '@m3ae/compile';
import { textParameterFaults } from '../check.js';
import { type AttentionChoice, attentionMap, choiceFaults } from './attention-map.js';
import { patchToWords, type WordPlaces, wordPool, wordToPatches } from './words.js';

/** A model and its weights as plain arrays. */
export interface AttentionModel extends GridOptions {
  readonly config: M3aeConfig;
  readonly params: M3aeParams<NdArray>;
}

/** Pictures, each with its text. */
export interface PairedExamples {
  /** Normalized pixels: [examples, patches, patchDim]. */
  readonly patches: NdArray;
  /** int32 [examples, textLength] */
  readonly tokenIds: NdArray;
  /** 1 = padding, 0 = real: [examples, textLength]. */
  readonly paddingMask: NdArray;
  /** Words to look at, of each example; without it each real piece is a word. */
  readonly words?: readonly (readonly WordPlaces[])[];
}

/** How {@link attendPairs} looks. */
export interface AttendOptions {
  /** Maps wanted. Default `['last']`; {@link everyHead} names all of them. */
  readonly choices?: readonly AttentionChoice[];
  /** Examples at a time. Default 32. */
  readonly batchSize?: number;
}

/** Attention between the words and the patches of one example; the words are those asked for, in their order. */
export interface AttendedPair {
  /** Attention of each word to each patch: [choices, words, patches]. */
  readonly wordToPatches: NdArray;
  /** Attention of each patch to each word: [choices, patches, words]. */
  readonly patchToWords: NdArray;
}

/** Results of one batch, words filled up to one number. */
type Attended<Leaf> = { readonly toPatches: Leaf; readonly toWords: Leaf };

/**
 * Runs an encoder over pairs with nothing hidden, and returns the attention between words and patches alone.
 *
 * Everything but these maps stays inside the compiled graph; what no map needs is not computed.
 *
 * @param runner - From `createRunner`.
 * @returns One entry for each example, in order. A word of several pieces is the mean of its pieces; padding is nowhere.
 * @throws InvalidInput if there are no examples, shapes do not fit, a choice does not exist, a word has no real piece, or
 * the model has no text parameters.
 *
 * @example
 * ```ts
 * const [first] = await attendPairs(createRunner(), { config, params }, { patches, tokenIds, paddingMask });
 * first.wordToPatches.shape; // [1, words, patches]
 * ```
 *
 * @see Geng et al., Multimodal Masked Autoencoders, Figs. 7 and 8, https://arxiv.org/abs/2205.14204
 */
export async function attendPairs(
  runner: Runner,
  model: AttentionModel,
  examples: PairedExamples,
  { choices = ['last'], batchSize = 32 }: AttendOptions = {},
): Promise<AttendedPair[]> {
  checkExamples(model, examples, choices);
  const [count = 0, textLength = 0] = examples.tokenIds.shape;
  const words = examples.words ?? realPieces(examples.paddingMask);
  const pool = wordPool(words, textLength, examples.paddingMask.data);
  const { patches, tokenIds, paddingMask } = examples;
  const program = runner<Attended<NdArray>>('attention', attendedBy(model, choices));
  const results: AttendedPair[] = [];
  try {
    for (const { rows, real } of batches(count, batchSize)) {
      const inputs = { patches, tokenIds, paddingMask, pool };
      const taken = Object.fromEntries(
        Object.entries(inputs).map(([name, array]) => [name, takeRows(array, rows)]),
      );
      const { toPatches, toWords } = await program.run(model.params, taken);
      for (let row = 0; row < real; row++) {
        results.push(ofExample(toPatches, toWords, row, words[rows[row]!]!.length));
      }
    }
  } finally {
    await program.dispose();
  }
  return results;
}

type Inputs = { patches: Tensor3D; tokenIds: Tensor2D; paddingMask: Tensor2D; pool: Tensor3D };

/** The function that a runner makes a program of. */
function attendedBy({ config, grid }: AttentionModel, choices: readonly AttentionChoice[]) {
  return (params: M3aeParams<Tensor>, { pool, ...inputs }: Inputs): Attended<Tensor> => {
    const { activations } = representM3ae(params, config, inputs, grid && { grid });
    const layout = { patches: inputs.patches.shape[1], textLength: inputs.tokenIds.shape[1] };
    const maps = choices.map((choice) => attentionMap(activations, choice));
    return {
      toPatches: stack(
        maps.map((map) => wordToPatches(map, layout, pool)),
        1,
      ), // [batch, choices, words, patches]
      toWords: stack(
        maps.map((map) => patchToWords(map, layout, pool)),
        1,
      ), // [batch, choices, patches, words]
    };
  };
}

/** One example of a batch, without the words that fill it up. */
function ofExample(toPatches: NdArray, toWords: NdArray, row: number, words: number): AttendedPair {
  const [, choices = 0, most = 0, patches = 0] = toPatches.shape;
  const forward = new Float32Array(choices * words * patches);
  const backward = new Float32Array(choices * patches * words);
  for (let choice = 0; choice < choices; choice++) {
    const start = (row * choices + choice) * most * patches;
    forward.set(toPatches.data.subarray(start, start + words * patches), choice * words * patches);
    for (let patch = 0; patch < patches; patch++) {
      const from = start + patch * most;
      backward.set(toWords.data.subarray(from, from + words), (choice * patches + patch) * words);
    }
  }
  return {
    wordToPatches: { shape: [choices, words, patches], data: forward },
    patchToWords: { shape: [choices, patches, words], data: backward },
  };
}

/** Each real piece as a word of its own. */
function realPieces({ shape, data }: NdArray): WordPlaces[][] {
  const [count = 0, textLength = 0] = shape;
  return Array.from({ length: count }, (_, example) =>
    Array.from({ length: textLength }, (_unused, place) => [place]).filter(
      ([place]) => !data[example * textLength + place!],
    ),
  );
}

function checkExamples(
  { config, params }: AttentionModel,
  { patches, tokenIds, paddingMask, words }: PairedExamples,
  choices: readonly AttentionChoice[],
): void {
  const count = tokenIds.shape[0]!;
  const each = 'Give each picture its caption.';
  throwFaults([
    ...textParameterFaults(params, 'encoder'),
    count === 0 && faultOf('examples', 'at least one pair', 'none', 'Check the split of the data.'),
    choices.length === 0 && faultOf('choices', 'at least one map', 'none', "Take ['last']."),
    patches.shape[0] !== count && faultOf('patches', `of ${count} pictures`, patches.shape[0], each),
    paddingMask.shape.join() !== tokenIds.shape.join() &&
      faultOf('paddingMask', `[${tokenIds.shape}]`, `[${paddingMask.shape}]`, 'Give each piece one entry.'),
    words !== undefined &&
      words.length !== count &&
      faultOf('words', `lists of ${count} examples`, words.length, each),
    ...choices.flatMap((choice) => choiceFaults(choice, config)),
  ]);
}

/** Which of the two directions of attention is scored. */
export type AttentionDirection = 'wordToPatches' | 'patchToWords';

/** One map of each word, that at place `choice` of those that were asked for: [words][patches]. */
export function wordMaps(pair: AttendedPair, choice: number, direction: AttentionDirection): Float32Array[] {
  const [, words = 0, patches = 0] = pair.wordToPatches.shape;
  const { data } = pair[direction];
  const place = (word: number, patch: number) =>
    direction === 'wordToPatches'
      ? (choice * words + word) * patches + patch
      : (choice * patches + patch) * words + word;
  return Array.from({ length: words }, (_, word) =>
    Float32Array.from({ length: patches }, (_unused, patch) => data[place(word, patch)]!),
  );
}
