import { invalidField, throwFaults } from '@m3ae/errors';
import { argmaxRows } from '../classification/accuracy.js';
import { columnsFault, featureFaults, labelFaults } from '../check.js';
import type { Matrix, MatrixProduct } from '../matrix.js';
import { unitRows } from '../standardize.js';

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
