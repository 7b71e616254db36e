import { type Fault, faultOf, invalidField, throwFaults } from '@m3ae/errors';
import { flattenTree, mapTree, type Tree } from '@m3ae/tree';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * Walks several trees of one structure together and returns one tree for each name in the result of `change`.
 *
 * Shapes are compared, never left to broadcasting: a gradient of [3, 1] for a parameter of [3] is a mistake.
 *
 * @throws RangeError naming every path that not all trees hold, or that differs in shape; or if there is no leaf.
 */
export function eachLeaf<Name extends string, Result extends Readonly<Record<string, Tensor>>>(
  trees: Readonly<Record<Name, Tree<Tensor>>>,
  change: (leaves: Readonly<Record<Name, Tensor>>, path: string) => Result,
): { readonly [Key in keyof Result]: Tree<Tensor> } {
  const names = Object.keys(trees) as Name[];
  const leaves = names.map((name) => new Map(flattenTree<Tensor>(trees[name])));
  checkStructure(names, leaves);
  const results = new Map<string, Result>();
  for (const path of leaves[0]!.keys()) {
    const parts = names.map((name, i) => [name, leaves[i]!.get(path)!] as const);
    results.set(path, change(Object.fromEntries(parts) as Record<Name, Tensor>, path));
  }
  const like = trees[names[0]!];
  const [first] = results.values();
  const pick = (key: string) => mapTree<Tensor, Tensor>(like, (_, path) => results.get(path)![key]!);
  return Object.fromEntries(Object.keys(first!).map((key) => [key, pick(key)])) as {
    [Key in keyof Result]: Tree<Tensor>;
  };
}

function checkStructure(names: readonly string[], leaves: readonly ReadonlyMap<string, Tensor>[]): void {
  const paths = new Set(leaves.flatMap((map) => [...map.keys()]));
  if (paths.size === 0) {
    throw invalidField(
      names.join(', '),
      'trees of at least one tensor',
      'empty trees',
      'Pass the parameters to train.',
    );
  }
  const faults: Fault[] = [];
  for (const path of paths) {
    const shapes = leaves.map((map) => map.get(path)?.shape);
    if (shapes.every((shape) => shape?.join() === shapes[0]?.join())) continue;
    const found = shapes.map((shape, i) => `${names[i]} ${shape ? `[${shape}]` : 'missing'}`);
    const rule = `of one shape in ${names.join(', ')}`;
    faults.push(faultOf(path, rule, found.join(', '), 'Start from init(params) of the same parameters.'));
  }
  throwFaults(faults);
}
