import { foldIn, normal, type RngKey, truncatedNormal, uniform } from '@m3ae/random';
import { mapTree, type NdArray, sizeOfShape, type Tree } from '@m3ae/tree';
import { type ClassifierConfig, classifierShapes } from './classifier.js';
import { type ClipConfig, clipShapes } from './clip/config.js';
import type { M3aeConfig } from './config.js';
import type { ClassifierParams, ClipParams, M3aeParams, MaeParams } from './params.js';
import { m3aeShapes, maeShapes, type ParameterShape } from './shapes.js';

/** Standard deviation of a normal cut off at two deviations. */
const cutDeviation = 0.87962566103423978;

/**
 * Draws the parameters of an M3AE.
 *
 * Kernels are Xavier-uniform (queries, keys and values count as one matrix), biases 0, normalization scales 1,
 * the text table Normal(0, 1), tokens and type embeddings Normal(0, 0.02), as in the reference.
 * Each leaf has its own key, folded from its path: the MAE twin gets the same numbers where it has the same leaf.
 *
 * @example
 * ```ts
 * const params = initM3ae(key(0), resolveM3aeConfig({ size: 'small' }));
 * params.textEmbedding.table.shape; // [30522, 384]
 * ```
 */
export function initM3ae(key: RngKey, config: M3aeConfig): M3aeParams<NdArray> {
  return drawAll(key, m3aeShapes(config)) as M3aeParams<NdArray>;
}

/** As {@link initM3ae} for the image-only twin. */
export function initMae(key: RngKey, config: M3aeConfig): MaeParams<NdArray> {
  return drawAll(key, maeShapes(config)) as MaeParams<NdArray>;
}

/**
 * Draws the parameters of a CLIP. The trunk starts as that of {@link initM3ae}, with the same numbers for the same key.
 *
 * The text tower's blocks start as those of the trunk, its table Normal(0, 0.02), its places Normal(0, 0.01), the maps
 * to the shared space Normal(0, 1 / sqrt(inDim)) and the logit scale ln(1 / 0.07), as in the original CLIP.
 *
 * @see Radford et al., Learning Transferable Visual Models From Natural Language Supervision, https://arxiv.org/abs/2103.00020
 */
export function initClip(key: RngKey, config: ClipConfig): ClipParams<NdArray> {
  return drawAll(key, clipShapes(config)) as ClipParams<NdArray>;
}

/** Draws the parameters of a classifier: the trunk as in {@link initM3ae}, the last map LeCun-normal with zero bias. */
export function initClassifier(key: RngKey, config: ClassifierConfig): ClassifierParams<NdArray> {
  return drawAll(key, classifierShapes(config)) as ClassifierParams<NdArray>;
}

function drawAll(key: RngKey, shapes: Tree<ParameterShape>): Tree<NdArray> {
  return mapTree(shapes, (leaf, path) => ({
    shape: leaf.shape,
    data: draw(foldIn(key, hashPath(path)), leaf),
  }));
}

function draw(key: RngKey, { shape, initializer }: ParameterShape): Float32Array {
  const count = sizeOfShape(shape);
  switch (initializer) {
    case 'zeros':
      return new Float32Array(count);
    case 'ones':
      return new Float32Array(count).fill(1);
    case 'xavier': {
      const limit = Math.sqrt(6 / (shape[0]! + shape[1]!));
      return change(uniform(key, count), (value) => (2 * value - 1) * limit);
    }
    case 'normal':
      return normal(key, count);
    case 'smallNormal':
      return change(normal(key, count), (value) => 0.02 * value);
    case 'tinyNormal':
      return change(normal(key, count), (value) => 0.01 * value);
    case 'inputNormal':
      return change(normal(key, count), (value) => value / Math.sqrt(shape[0]!));
    case 'lecunNormal':
      return change(truncatedNormal(key, count), (value) => value / Math.sqrt(shape[0]!) / cutDeviation);
    case 'logitScale':
      return new Float32Array(count).fill(Math.log(1 / 0.07));
  }
}

// In place: a copy of a text table is 47 MB in the small model.
function change(values: Float32Array, how: (value: number) => number): Float32Array {
  for (let i = 0; i < values.length; i++) values[i] = how(values[i]!);
  return values;
}

/** FNV-1a, 32 bits. */
function hashPath(path: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
