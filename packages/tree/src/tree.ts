/** A plain multi-dimensional array; the element type is the type of `data` (Uint8Array holds booleans). */
export interface NdArray {
  /** Length of each axis, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Elements in row-major (C) order. */
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** Nested plain records and arrays with leaves of one kind. */
export type Tree<Leaf> = Leaf | TreeRecord<Leaf> | readonly Tree<Leaf>[];

/** One level of a {@link Tree}. */
export interface TreeRecord<Leaf> {
  readonly [name: string]: Tree<Leaf>;
}

/**
 * The tree that results when every leaf of `T` of kind `From` becomes `To`.
 * So `MapLeaves<M3aeParams<NdArray>, NdArray, Tensor>` is the type of the parameters inside a compiled step.
 */
export type MapLeaves<T, From, To> = T extends From
  ? To
  : T extends readonly (infer Item)[]
    ? readonly MapLeaves<Item, From, To>[]
    : T extends object
      ? { readonly [Name in keyof T]: MapLeaves<T[Name], From, To> }
      : T;

/** Whether a value is a leaf: a number, typed array, tensor or {@link NdArray}, and not a plain record or array. */
export function isLeaf(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return true;
  if (Array.isArray(value)) return false;
  return 'shape' in value && Array.isArray(value.shape);
}

/**
 * Lists the leaves with their paths, in insertion order.
 * `undefined` entries are left out, so optional parts of a tree need no special case.
 *
 * @example
 * ```ts
 * flattenTree({ blocks: [{ bias: 1 }] }); // [['blocks.0.bias', 1]]
 * ```
 */
export function flattenTree<Leaf>(tree: Tree<Leaf>, path = ''): [path: string, leaf: Leaf][] {
  if (tree === undefined) return [];
  if (isLeaf(tree)) return [[path, tree as Leaf]];
  return Object.entries(tree as TreeRecord<Leaf>).flatMap(([name, branch]) =>
    flattenTree<Leaf>(branch, path === '' ? name : `${path}.${name}`),
  );
}

/** Builds a tree of the same structure, each leaf replaced by `change(leaf, path)`. */
export function mapTree<Leaf, Result>(
  tree: Tree<Leaf>,
  change: (leaf: Leaf, path: string) => Result,
  path = '',
): Tree<Result> {
  if (tree === undefined) return undefined as Tree<Result>;
  if (isLeaf(tree)) return change(tree as Leaf, path);
  const at = (name: string | number) => (path === '' ? String(name) : `${path}.${name}`);
  if (Array.isArray(tree)) return tree.map((branch: Tree<Leaf>, i) => mapTree(branch, change, at(i)));
  const branches = Object.entries(tree as TreeRecord<Leaf>).filter(([, branch]) => branch !== undefined);
  return Object.fromEntries(branches.map(([name, branch]) => [name, mapTree(branch, change, at(name))]));
}

/**
 * Builds a tree of the structure of `like` from leaves looked up by path.
 *
 * @throws RangeError naming every path that `leaves` lacks.
 */
export function fillTree<Leaf>(like: Tree<unknown>, leaves: ReadonlyMap<string, Leaf>): Tree<Leaf> {
  const missing = flattenTree(like)
    .map(([path]) => path)
    .filter((path) => !leaves.has(path));
  if (missing.length > 0) {
    throw new RangeError(`leaves must hold every path of the tree; missing ${some(missing)}.`);
  }
  return mapTree(like, (_, path) => leaves.get(path)!);
}

/**
 * Combines two trees of the same structure, leaf by leaf.
 *
 * @throws RangeError naming the paths found in only one of them.
 */
export function zipTrees<A, B, Result>(
  first: Tree<A>,
  second: Tree<B>,
  combine: (a: A, b: B, path: string) => Result,
): Tree<Result> {
  const others = new Map(flattenTree(second));
  const paths = new Set(flattenTree(first).map(([path]) => path));
  const lonely = [...others.keys()].filter((path) => !paths.has(path));
  lonely.push(...[...paths].filter((path) => !others.has(path)));
  if (lonely.length > 0) {
    throw new RangeError(`both trees must have the same structure; only one has ${some(lonely)}.`);
  }
  return mapTree(first, (leaf, path) => combine(leaf, others.get(path)!, path));
}

/** At most 20 paths, and a count of the others. */
function some(paths: readonly string[]): string {
  const shown = paths.slice(0, 20).join(', ');
  return paths.length > 20 ? `${shown} and ${paths.length - 20} more` : shown;
}

/** Number of elements of a shape; 1 for the scalar shape `[]`. */
export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * Joins elements and shape.
 *
 * @throws RangeError if the number of elements is not the product of the shape.
 */
export function ndArray(data: NdArray['data'], shape: readonly number[]): NdArray {
  if (data.length !== sizeOfShape(shape)) {
    throw new RangeError(
      `data must hold ${sizeOfShape(shape)} elements for shape [${shape}]; received ${data.length}. ` +
        'Pass as many elements as the product of the shape.',
    );
  }
  return { shape, data };
}

/** Whether a value is an {@link NdArray}. */
export function isNdArray(value: unknown): value is NdArray {
  if (typeof value !== 'object' || value === null) return false;
  const { shape, data }: Partial<NdArray> = value;
  return (
    Array.isArray(shape) &&
    (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array)
  );
}

/**
 * The elements of a float32 array.
 *
 * @throws RangeError for elements of another type.
 */
export function floatsOf({ data }: NdArray): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new RangeError(`data must be a Float32Array; received ${data.constructor.name}. Convert it first.`);
}

/** A float32 array of zeros. */
export function zerosArray(shape: readonly number[]): NdArray {
  return { shape, data: new Float32Array(sizeOfShape(shape)) };
}

/** A float32 scalar. */
export function scalarArray(value: number): NdArray {
  return { shape: [], data: Float32Array.of(value) };
}

/** Total number of elements in all leaves: the parameter count of a model. */
export function countElements(tree: Tree<{ readonly shape: readonly number[] }>): number {
  return flattenTree(tree).reduce((total, [, leaf]) => total + sizeOfShape(leaf.shape), 0);
}
