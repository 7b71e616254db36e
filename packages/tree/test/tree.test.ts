import * as fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import {
  countElements,
  floatsOf,
  fillTree,
  flattenTree,
  isLeaf,
  isNdArray,
  mapTree,
  type MapLeaves,
  ndArray,
  type NdArray,
  scalarArray,
  sizeOfShape,
  type Tree,
  zerosArray,
  zipTrees,
} from '../src/index.js';

const model = {
  norm: { scale: scalarArray(1), bias: scalarArray(2) },
  blocks: [{ kernel: zerosArray([2, 3]) }, { kernel: zerosArray([4]) }],
};

// Any nesting of records and lists with numbers as leaves.
const name = fc.stringMatching(/^[a-z]{1,4}$/).filter((word) => word !== 'shape');
const trees = fc.letrec<{ tree: Tree<number> }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.integer(),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(name, tie('tree'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).tree;

/** Oracle: the leaf at a path, by walking down one step at a time. */
function at(tree: unknown, path: string): unknown {
  return path === '' ? tree : path.split('.').reduce((branch, step) => (branch as never)[step], tree);
}

describe('flattenTree', () => {
  test('names leaves by their path, in insertion order', () => {
    expect(flattenTree<NdArray>(model).map(([path]) => path)).toEqual([
      'norm.scale',
      'norm.bias',
      'blocks.0.kernel',
      'blocks.1.kernel',
    ]);
  });

  test('every path leads to its leaf, and as many leaves as numbers in the JSON', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const leaves = flattenTree(tree);
        for (const [path, leaf] of leaves) expect(at(tree, path)).toBe(leaf);
        expect(leaves.length).toBe(JSON.stringify(tree).match(/-?\d+/g)?.length ?? 0);
      }),
    );
  });

  test('leaves out what is undefined', () => {
    expect(flattenTree<number>({ a: 1, b: undefined as never })).toEqual([['a', 1]]);
    expect(mapTree<number, number>({ a: 1, b: undefined as never }, (leaf) => leaf)).toEqual({ a: 1 });
  });

  test('a lone leaf has the empty path', () => expect(flattenTree(5)).toEqual([['', 5]]));
});

describe('mapTree', () => {
  test('keeps the structure, and hands over the paths of flattenTree', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const paths: string[] = [];
        const same = mapTree(tree, (leaf: number, path) => {
          paths.push(path);
          return leaf;
        });
        expect(same).toEqual(tree);
        expect(paths).toEqual(flattenTree(tree).map(([path]) => path));
      }),
    );
  });

  test('the type of the result has the new leaves', () => {
    expectTypeOf<MapLeaves<typeof model, NdArray, number>>().toEqualTypeOf<{
      readonly norm: { readonly scale: number; readonly bias: number };
      readonly blocks: readonly { readonly kernel: number }[];
    }>();
    expect(mapTree<NdArray, number>(model, ({ data }) => data.length)).toEqual({
      norm: { scale: 1, bias: 1 },
      blocks: [{ kernel: 6 }, { kernel: 4 }],
    });
  });
});

describe('fillTree', () => {
  test('undoes flattenTree', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        expect(fillTree(tree, new Map(flattenTree(tree)))).toEqual(tree);
      }),
    );
  });

  test('names every path that is missing', () => {
    const leaves = new Map([['norm.scale', 1]]);
    expect(() => fillTree(model, leaves)).toThrow(
      'leaves must hold every path of the tree; missing norm.bias, blocks.0.kernel, blocks.1.kernel.',
    );
  });
});

describe('zipTrees', () => {
  test('combines leaf by leaf', () => {
    const sum = zipTrees(
      { a: 1, b: [2, 3] },
      { b: [20, 30], a: 10 },
      (x: number, y: number, path) => `${path} ${x + y}`,
    );
    expect(sum).toEqual({ a: 'a 11', b: ['b.0 22', 'b.1 33'] });
  });

  test('names the paths that only one tree has', () => {
    expect(() => zipTrees({ a: 1, b: 2 }, { a: 1, c: 3 }, () => 0)).toThrow(
      'both trees must have the same structure; only one has c, b.',
    );
  });
});

describe('isLeaf', () => {
  test.each([
    [1],
    [null],
    ['text'],
    [new Float32Array(2)],
    [scalarArray(1)],
    [{ shape: [2], dtype: 'float32' }],
  ])('%j is a leaf', (value) => expect(isLeaf(value)).toBe(true));

  test.each([[{}], [[]], [{ kernel: 1 }], [{ shape: 'round' }]])('%j is a branch', (value) =>
    expect(isLeaf(value)).toBe(false),
  );
});

describe('NdArray', () => {
  test('sizeOfShape is the product, and 1 for a scalar', () => {
    expect(sizeOfShape([2, 3, 4])).toBe(24);
    expect(sizeOfShape([])).toBe(1);
    expect(sizeOfShape([5, 0])).toBe(0);
  });

  test('ndArray joins elements and shape', () => {
    const data = Int32Array.of(1, 2, 3, 4, 5, 6);
    expect(ndArray(data, [2, 3])).toEqual({ shape: [2, 3], data });
    expect(() => ndArray(data, [2, 2])).toThrow(
      'data must hold 4 elements for shape [2,2]; received 6. Pass as many elements as the product of the shape.',
    );
  });

  test('zerosArray and scalarArray are float32', () => {
    expect(zerosArray([2, 2])).toEqual({ shape: [2, 2], data: new Float32Array(4) });
    expect(scalarArray(0.1)).toEqual({ shape: [], data: Float32Array.of(0.1) });
  });

  test.each<[unknown, boolean]>([
    [zerosArray([2]), true],
    [{ shape: [1], data: new Uint8Array(1) }, true],
    [{ shape: [1], data: [1] }, false],
    [{ shape: 1, data: new Float32Array(1) }, false],
    [{ shape: [1], data: new Float64Array(1) }, false],
    [null, false],
    [3, false],
  ])('isNdArray(%j) is %j', (value, expected) => expect(isNdArray(value)).toBe(expected));

  test('countElements adds up the leaves', () => expect(countElements(model)).toBe(12));
});

test('only float32 elements are given as such', () => {
  const floats = Float32Array.of(1, 2);
  expect(floatsOf({ shape: [2], data: floats })).toBe(floats);
  expect(() => floatsOf({ shape: [2], data: Int32Array.of(1, 2) })).toThrow('received Int32Array');
});
