import { limitLines, unusable } from '@m3ae/errors';
import { fillTree, flattenTree, type NdArray, type Tree } from '@m3ae/tree';

/** Options of {@link matchTree}. */
export interface MatchTreeOptions {
  /** What to call the loaded tensors in the error. Default `checkpoint`. */
  readonly name?: string;
  /** Whether tensors beyond the expected ones are left out instead of refused. Default false. */
  readonly allowExtra?: boolean;
  /** Whether NaN and infinity pass. Default false. */
  readonly allowNonFinite?: boolean;
}

const dtypeOf = ({ data }: NdArray) =>
  data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'bool';

/** Says how many elements are not finite, and where the first is. */
function nonFinite({ data }: NdArray): string | undefined {
  if (!(data instanceof Float32Array)) return undefined;
  // The sum is finite only if all are: one fast pass, and the search only where it fails (or overflows).
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  if (Number.isFinite(sum)) return undefined;
  const first = data.findIndex((value) => !Number.isFinite(value));
  if (first < 0) return undefined;
  const count = data.reduce((total, value) => total + (Number.isFinite(value) ? 0 : 1), 0);
  return `${count} of ${data.length} values, the first at index ${first}: ${data[first]}`;
}

function compare(
  path: string,
  expected: NdArray,
  found: NdArray | undefined,
  finite: boolean,
): string | undefined {
  if (found === undefined) return `missing: ${path} [${expected.shape}]`;
  if (found.shape.join() !== expected.shape.join()) {
    return `misshapen: ${path} must be [${expected.shape}]; received [${found.shape}]`;
  }
  if (dtypeOf(found) !== dtypeOf(expected)) {
    return `wrong dtype: ${path} [${expected.shape}] must be ${dtypeOf(expected)}; received ${dtypeOf(found)}`;
  }
  const where = finite ? nonFinite(found) : undefined;
  return where && `not finite: ${path} [${expected.shape}] has ${where}`;
}

/**
 * Puts loaded tensors into the structure that the program expects, and refuses any difference.
 *
 * @param expected - A tree of the right structure, shapes and types, e.g. fresh parameters; its values do not matter.
 * @param loaded - Tensors by path, from `loadCheckpoint` or {@link decodeSafetensors} with {@link toNdArray}.
 * @returns The loaded tensors in the structure of `expected`.
 * @throws InvalidInput listing, up to 20, the tensors that are missing, extra, misshapen, of another type, or not finite.
 *
 * @example
 * ```ts
 * const { trees } = await loadCheckpoint(folder);
 * const params = matchTree(initM3ae(key(0), config), trees.model!, { name: 'model' });
 * ```
 */
export function matchTree<Expected>(
  expected: Expected,
  loaded: Readonly<Record<string, NdArray>>,
  options: MatchTreeOptions = {},
): Expected {
  const { name = 'checkpoint', allowExtra = false, allowNonFinite = false } = options;
  const leaves = flattenTree<NdArray>(expected as Tree<NdArray>);
  const found = new Map(Object.entries(loaded));
  const faults = leaves
    .map(([path, leaf]) => compare(path, leaf, found.get(path), !allowNonFinite))
    .filter((fault) => fault !== undefined);
  if (!allowExtra) {
    const known = new Set(leaves.map(([path]) => path));
    for (const [path, { shape }] of found) if (!known.has(path)) faults.push(`extra: ${path} [${shape}]`);
  }
  if (faults.length > 0) {
    throw unusable(
      `${name} must hold exactly the tensors of this configuration; received ${faults.length} that differ:` +
        `${limitLines(faults)
          .map((fault) => `\n  ${fault}`)
          .join('')}\n` +
        'Use the configuration that the checkpoint was written with (config.json of its run).',
    );
  }
  return fillTree<NdArray>(expected, found) as Expected;
}
