import { invalidField, requirePositiveInteger, throwFaults } from '@m3ae/errors';
import type { Runner } from '@m3ae/compile';
import {
  type ClipConfig,
  type ClipParams,
  representClipImages,
  representClipText,
  type TextInputs,
} from '@m3ae/transformer';
import { floatsOf, type NdArray } from '@m3ae/tree';
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import { argmaxRows } from '../classification/accuracy.js';
import { columnsFault, featureFaults, labelFaults } from '../check.js';
import { type Matrix, type MatrixProduct, unitRows } from '../matrix.js';
import { fillRows, inOrder, ownItems, stackRows, takeRows } from '../batches.js';
import { runnerProduct } from '../product.js';
import type { LoadedTexts } from '../features/encode.js';
import type { PairScorer, ScorerOptions } from './retrieval-evaluator.js';

/**
 * One text feature for each class out of several prompts: the mean of their rows of length 1, made length 1 again.
 *
 * @param prompts - Features of all prompts of all classes: [prompts, columns].
 * @param labels - The class of each prompt, from 0: [prompts].
 * @param classes - How many classes there are; each needs a prompt.
 * @returns Rows of length 1: [classes, columns].
 * @throws InvalidInput if features or labels cannot be used, or a class has no prompt.
 *
 * @see Radford et al., Learning Transferable Visual Models From Natural Language Supervision, section 3.1.4,
 * https://arxiv.org/abs/2103.00020
 */
export function classTextFeatures(prompts: Matrix, labels: ArrayLike<number>, classes: number): Matrix {
  const { rows, columns } = prompts;
  throwFaults([...featureFaults('prompts', prompts), ...labelFaults('labels', labels, { rows, classes })]);
  const present = new Set(Array.from(labels));
  const missing = Array.from({ length: classes }, (_, label) => label).filter((label) => !present.has(label));
  if (missing.length > 0) {
    const remedy = 'Write one for each class, such as its name.';
    throw invalidField('prompts', 'at least one a class', `none for class ${missing.join(', ')}`, remedy);
  }
  const { data } = unitRows(prompts);
  const sums = new Float32Array(classes * columns); // length 1 in the end, so the sum serves for the mean
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      sums[labels[row]! * columns + column]! += data[row * columns + column]!;
  }
  return unitRows({ rows: classes, columns, data: sums });
}

/** What pictures are taken for. */
export interface ZeroShotResult {
  /** The class of the most similar text; the first of equals: [images]. */
  readonly predicted: Int32Array;
  /** Cosine similarities: [images, classes]. */
  readonly similarity: Matrix;
}

/**
 * Gives each picture the class whose text is most similar by cosine.
 *
 * @param imageFeatures - [images, columns]
 * @param textFeatures - One row a class, as from {@link classTextFeatures}: [classes, columns].
 * @throws InvalidInput if features are empty, not finite, or of different columns.
 *
 * @example
 * ```ts
 * const texts = classTextFeatures(prompts, labels, 10);
 * const { predicted } = await zeroShot(images, texts, runnerProduct(createRunner()).product);
 * ```
 */
export async function zeroShot(
  imageFeatures: Matrix,
  textFeatures: Matrix,
  product: MatrixProduct,
): Promise<ZeroShotResult> {
  const similarity = await cosineSimilarity(imageFeatures, textFeatures, product);
  return { predicted: argmaxRows(similarity), similarity };
}

/**
 * Cosine similarity of every picture and every text, for {@link recallAt}.
 *
 * @param imageFeatures - [images, columns]
 * @param textFeatures - [texts, columns]
 * @returns [images, texts]
 * @throws InvalidInput under the conditions of {@link zeroShot}.
 */
export async function cosineSimilarity(
  imageFeatures: Matrix,
  textFeatures: Matrix,
  product: MatrixProduct,
): Promise<Matrix> {
  throwFaults([
    ...featureFaults('imageFeatures', imageFeatures),
    ...featureFaults('textFeatures', textFeatures),
    columnsFault('textFeatures', textFeatures, 'imageFeatures', imageFeatures),
  ]);
  return product(unitRows(imageFeatures), unitRows(textFeatures), { transposeB: true });
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
