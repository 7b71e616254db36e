import type { Runner } from '@m3ae/compile';
import { requirePositiveInteger } from '@m3ae/errors';
import {
  type ClipConfig,
  type ClipParams,
  type M3aeConfig,
  type M3aeParams,
  representClipImages,
  representClipText,
  type TextInputs,
} from '@m3ae/transformer';
import { type NdArray, floatsOf } from '@m3ae/tree';
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import { fillRows, stackRows, takeRows } from '../batches.js';
import { captionLikelihood } from './captions/caption-likelihood.js';
import type { CaptionOptions } from './captions/types.js';
import type { LoadedPairs } from '../features/load-pairs.js';
import type { Matrix } from '../matrix.js';
import { type EvaluationPeers, inOrder, ownItems } from '../peers.js';
import { runnerProduct } from '../product.js';
import { cosineSimilarity, zeroShot } from './zero-shot.js';

/** Some texts as a model takes them. */
export type LoadedTexts = Omit<LoadedPairs, 'patches'>;

/** What a model makes of some pictures and texts. */
export interface PairScores {
  /** The higher, the better they belong together: [pictures, texts]. */
  readonly similarity: Matrix;
  /** The class of each picture by the texts of the classes, where they were given: [pictures]. */
  readonly predicted?: Int32Array;
}

/** A model that tells how well pictures and texts belong together. */
export interface PairScorer {
  readonly by: 'cosine' | 'likelihood';
  /**
   * Scores of every picture with every text.
   *
   * @param texts - Rows of the pairs whose texts are compared with every picture.
   * @param classTexts - One text for each class; a scorer that cannot tell classes by them leaves them alone.
   */
  score(pairs: LoadedPairs, texts: readonly number[], classTexts?: LoadedTexts): Promise<PairScores>;
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/** How pairs are scored. */
export interface ScorerOptions {
  /** Rows at a time. Default 64. */
  readonly batchSize?: number;
  /** Processes that share the batches; each calls the scorer alike and has all scores. */
  readonly peers?: EvaluationPeers;
}

/** Runs a function of batches over all rows of some arrays: [rows, columns]. */
async function inBatches(
  arrays: Readonly<Record<string, NdArray>>,
  { batchSize = 64, peers }: ScorerOptions,
  run: (batch: Record<string, NdArray>) => Promise<NdArray>,
): Promise<Matrix> {
  requirePositiveInteger('batchSize', batchSize, 'Take 64.');
  const rows = Object.values(arrays)[0]!.shape[0]!;
  const size = Math.min(batchSize, rows);
  const starts = Array.from({ length: Math.ceil(rows / size) }, (_, batch) => batch * size);
  async function* found() {
    for (const start of ownItems(starts, peers)) {
      const batch = Object.entries(arrays).map(
        ([name, array]) => [name, fillRows(array, start, size)] as const,
      );
      yield run(Object.fromEntries(batch));
    }
  }
  const parts: NdArray[] = [];
  for await (const part of inOrder(starts.length, found(), peers)) parts.push(part);
  const stacked = stackRows(parts);
  const columns = stacked.shape[1]!;
  return { rows, columns, data: floatsOf(stacked).subarray(0, rows * columns) };
}

/** The cosine of a picture and a text in the space that the two towers of a CLIP share. */
export function cosineScorer(
  runner: Runner,
  { config, params }: { readonly config: ClipConfig; readonly params: ClipParams<NdArray> },
  options: ScorerOptions = {},
): PairScorer {
  const pictures = runner<NdArray>(
    'pictures',
    (tensors: ClipParams<Tensor>, patches: Tensor3D) =>
      representClipImages(tensors, config, { patches }).output,
  );
  const texts = runner<NdArray>(
    'texts',
    (tensors: ClipParams<Tensor>, batch: TextInputs) => representClipText(tensors, config, batch).output,
  );
  const { product, dispose } = runnerProduct(runner);
  const embedTexts = ({ tokenIds, paddingMask }: LoadedTexts) =>
    inBatches({ tokenIds, paddingMask }, options, (batch) => texts.run(params, batch));
  return {
    by: 'cosine',
    async score({ patches, tokenIds, paddingMask }, rows, classTexts) {
      const seen = await inBatches({ patches }, options, (batch) => pictures.run(params, batch.patches!));
      const chosen = { tokenIds: takeRows(tokenIds, rows), paddingMask: takeRows(paddingMask, rows) };
      const similarity = await cosineSimilarity(seen, await embedTexts(chosen), product);
      if (classTexts === undefined) return { similarity };
      return {
        similarity,
        predicted: (await zeroShot(seen, await embedTexts(classTexts), product)).predicted,
      };
    },
    dispose: async () => void (await Promise.all([pictures.dispose(), texts.dispose(), dispose()])),
  };
}

/**
 * How well the hidden pieces of a text are guessed with the picture, less how well without it: else every picture gets
 * the commonest words.
 */
export function likelihoodScorer(
  runner: Runner,
  { config, params }: { readonly config: M3aeConfig; readonly params: M3aeParams<NdArray> },
  options: Pick<CaptionOptions, 'groups'> & ScorerOptions = {},
): PairScorer {
  return {
    by: 'likelihood',
    async score({ patches, tokenIds, paddingMask }, rows) {
      const textLength = tokenIds.shape[1]!;
      const captions = rows.map((row) =>
        Int32Array.from(tokenIds.data.slice(row * textLength, (row + 1) * textLength)).filter(
          (_, place) => !paddingMask.data[row * textLength + place],
        ),
      );
      const { scores } = await captionLikelihood(
        runner,
        { config, params, textLength },
        { patches, captions },
        { ...options, subtractTextOnly: true },
      );
      return { similarity: scores };
    },
    dispose: async () => {},
  };
}
