import { foldIn, normal, type RngKey, uniform } from '@m3ae/random';
import { mapTree, type NdArray, sizeOfShape, type Tree } from '@m3ae/tree';
import type { M3aeConfig } from './config.js';
import type { M3aeParams, MaeParams } from './params.js';
import { m3aeShapes, maeShapes, type ParameterShape } from './shapes.js';

/**
 * Draws the parameters of an M3AE.
 *
 * Kernels are Xavier-uniform (queries, keys and values count as one matrix), biases 0, normalisation scales 1,
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
  return drawAll(key, m3aeShapes(config) as Tree<ParameterShape>) as M3aeParams<NdArray>;
}

/** As {@link initM3ae} for the image-only twin. */
export function initMae(key: RngKey, config: M3aeConfig): MaeParams<NdArray> {
  return drawAll(key, maeShapes(config) as Tree<ParameterShape>) as MaeParams<NdArray>;
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
