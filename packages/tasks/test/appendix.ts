import { planFromNoise } from '@m3ae/masking';
import { fromReferenceNames, m3aeShapes, type M3aeConfig, resolveM3aeConfig } from '@m3ae/transformer';
import { flattenTree, type NdArray, ndArray, sizeOfShape, type Tree } from '@m3ae/tree';
import { toReferenceNames } from '@m3ae/transformer';
import type { ImageBatch, TextBatch } from '../src/index.js';

/** The model of appendix A8: all sizes differ, so that no two axes can be confused. */
export const a8Model: M3aeConfig = resolveM3aeConfig({
  embedDim: 8,
  depth: 2,
  heads: 2,
  decoderDim: 12,
  decoderDepth: 1,
  decoderHeads: 3,
  mlpRatio: 4,
  patchSize: 2,
  vocabSize: 11,
});

/** Parameters of appendix A8: leaf j of the sorted names, element i: .3 sin(1 + .37 i + 1.3 j), scales plus 1. */
export function a8Params(): Tree<NdArray> {
  const shapes = m3aeShapes(a8Model) as unknown as Tree<NdArray>;
  const shapesByName = toReferenceNames(shapes) as unknown as Record<string, { shape: number[] }>;
  const names = Object.keys(shapesByName).sort();
  const named = names.map((name, j) => {
    const { shape } = shapesByName[name]!;
    const offset = name.endsWith('scale') ? 1 : 0;
    const value = (_: unknown, i: number) => offset + 0.3 * Math.sin(1 + 0.37 * i + 1.3 * j);
    return [name, ndArray(Float32Array.from({ length: sizeOfShape(shape) }, value), shape)] as const;
  });
  return fromReferenceNames(Object.fromEntries(named), a8Model) as unknown as Tree<NdArray>;
}

const fraction = (value: number) => value - Math.floor(value);

/** The pictures, captions and noise of appendix A8. */
export function a8Batch(): ImageBatch & TextBatch {
  // Patches of 2x2x3 in raster order out of NHWC pictures of 8x8.
  const patches = Float32Array.from({ length: 2 * 16 * 12 }, (_, at) => {
    const [example, patch, inside] = [Math.floor(at / 192), Math.floor(at / 12) % 16, at % 12];
    const row = Math.floor(patch / 4) * 2 + Math.floor(inside / 6);
    const column = (patch % 4) * 2 + Math.floor((inside % 6) / 3);
    return Math.sin(0.05 * (((example * 8 + row) * 8 + column) * 3 + (inside % 3)));
  });
  const imageNoise = Float32Array.from({ length: 16 }, (_, i) => fraction(0.618033988749895 * (i + 1)));
  const textNoise = Float32Array.from({ length: 6 }, (_, t) => fraction(0.754877666246693 * (t + 1)));
  return {
    patches: ndArray(patches, [2, 16, 12]),
    tokenIds: ndArray(Int32Array.of(1, 3, 5, 7, 9, 0, 4, 6, 8, 0, 0, 0), [2, 6]),
    paddingMask: ndArray(Float32Array.of(0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1), [2, 6]),
    imagePlan: planFromNoise(imageNoise, 1, 16, 0.75),
    textPlan: planFromNoise(textNoise, 1, 6, 0.5),
  };
}

/** Largest absolute difference of two trees of the same structure. */
export function largestDifference(a: Tree<NdArray>, b: Tree<NdArray>): number {
  const others = new Map(flattenTree<NdArray>(b));
  return Math.max(
    ...flattenTree<NdArray>(a).map(([path, { data }]) => {
      const other = others.get(path)!.data;
      return Math.max(...Array.from(data, (value, i) => Math.abs(value - other[i]!)));
    }),
  );
}
