import { flattenTree, type NdArray, type Tree } from '@m3ae/tree';

/**
 * Lists where two trees differ: paths, shapes, element types, and the first element of each leaf that is not
 * within `tolerance` (relative above 1). Empty when they agree.
 */
export function differences(actual: Tree<NdArray>, expected: Tree<NdArray>, tolerance = 1e-5): string[] {
  const others = new Map(flattenTree<NdArray>(expected));
  const leaves = new Map(flattenTree<NdArray>(actual));
  const lonely = [...others.keys()].filter((path) => !leaves.has(path)).map((path) => `${path} is missing`);
  return lonely.concat(
    [...leaves].flatMap(([path, leaf]) => {
      const other = others.get(path);
      return other === undefined ? [`${path} is too much`] : ofLeaf(path, leaf, other, tolerance);
    }),
  );
}

const kind = ({ shape, data }: NdArray) => `${data.constructor.name} [${shape}]`;

function ofLeaf(path: string, actual: NdArray, expected: NdArray, tolerance: number): string[] {
  if (kind(actual) !== kind(expected)) return [`${path} is ${kind(actual)}, expected ${kind(expected)}`];
  const miss = [...actual.data].findIndex((element, i) => !near(element, expected.data[i]!, tolerance));
  return miss < 0 ? [] : [`${path}[${miss}] is ${actual.data[miss]}, expected ${expected.data[miss]}`];
}

function near(a: number, b: number, tolerance: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
}

/** The largest error, relative above 1; infinite where the lengths differ. */
export function worstError(actual: ArrayLike<number>, expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  return Math.max(...expected.map((each, i) => Math.abs(each - actual[i]!) / Math.max(1, Math.abs(each))));
}
