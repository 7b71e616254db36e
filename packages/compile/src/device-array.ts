import { invalidField } from '@m3ae/errors';
import { flattenTree, mapTree, type NdArray } from '@m3ae/tree';

/** Where elements of arrays lie while they are not on the host. */
export interface DeviceMemory<Handle> {
  /** The same for all memories whose arrays can take part in one computation. */
  readonly space: unknown;
  /** Copies elements to the host, in the order of the arrays. */
  read(arrays: readonly DeviceArray<Handle>[]): Promise<readonly NdArray['data'][]>;
  /** Copies elements to the host at once; absent where the device has to be waited for. */
  readNow?(array: DeviceArray<Handle>): NdArray['data'];
  /** Frees what holds the elements. */
  free(array: DeviceArray<Handle>): void;
}

/**
 * An array whose elements lie where an engine computes: in a buffer of a GPU, or in a tensor of a tfjs backend.
 *
 * Programs of the same engine take it as it is, so that a state goes from step to step without a copy. It is freed when it is
 * donated, when it is disposed, and when the program that made it is.
 */
export class DeviceArray<Handle = unknown> implements NdArray {
  #freed = false;

  constructor(
    readonly shape: readonly number[],
    readonly dtype: 'float32' | 'int32' | 'bool',
    /** What the engine knows it by. */
    readonly handle: Handle,
    readonly memory: DeviceMemory<Handle>,
  ) {}

  /**
   * A copy of the elements.
   *
   * @throws InvalidInput if the array was freed, or lies on a GPU: {@link readArrays} waits for it.
   */
  get data(): NdArray['data'] {
    this.requireAlive();
    if (this.memory.readNow) return this.memory.readNow(this);
    const remedy = 'Write await readArrays(tree) first.';
    throw invalidField('data', 'that of an array on the host', `[${this.shape}] on a GPU`, remedy);
  }

  /** @throws InvalidInput if the array was freed. */
  requireAlive(): void {
    if (!this.#freed) return;
    const received = `an array [${this.shape}] that was donated or disposed of`;
    throw invalidField('array', 'in use', received, 'Read it, or use it, before that.');
  }

  /** Frees the elements; a second time does nothing. */
  dispose(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.memory.free(this);
  }
}

/** Whether the elements of a leaf are not on the host. Not by its class: a program may hold this package as a module of either kind. */
export const isDeviceArray = (leaf: unknown): leaf is DeviceArray =>
  typeof leaf === 'object' && leaf !== null && 'handle' in leaf && 'memory' in leaf;

/** The device arrays of a tree. */
const deviceArraysOf = (tree: unknown): DeviceArray[] =>
  flattenTree<unknown>(tree).flatMap(([, leaf]) => (isDeviceArray(leaf) ? [leaf] : []));

/**
 * The tree with all its elements on the host; leaves that are there already stay as they are.
 *
 * @throws InvalidInput if an array was freed.
 *
 * @example
 * ```ts
 * const { params } = await readArrays(now.state); // to save them, or to look at them
 * ```
 */
export async function readArrays<Result>(tree: Result): Promise<Result> {
  return readWhere(tree, () => true);
}

async function readWhere<Result>(tree: Result, wanted: (array: DeviceArray) => boolean): Promise<Result> {
  const arrays = [...new Set(deviceArraysOf(tree).filter(wanted))];
  if (arrays.length === 0) return tree;
  for (const array of arrays) array.requireAlive();
  const found = new Map<unknown, NdArray>();
  for (const memory of new Set(arrays.map((array) => array.memory))) {
    const own = arrays.filter((array) => array.memory === memory);
    const read = await memory.read(own);
    own.forEach((array, i) => found.set(array, { shape: array.shape, data: read[i]! }));
  }
  // Of the same structure, and with leaves of the same type.
  return mapTree(tree, (leaf) => found.get(leaf) ?? leaf) as Result;
}

/** Frees the device arrays of a tree; there is nothing to free on the host. */
export function disposeArrays(tree: unknown): void {
  for (const array of deviceArraysOf(tree)) array.dispose();
}

/** The arguments with all arrays on the host that lie in another space than this. */
export const broughtInto = <Args>(space: unknown, args: Args): Promise<Args> =>
  readWhere(args, ({ memory }) => memory.space !== space);
