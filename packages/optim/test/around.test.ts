import { mapTree, type NdArray } from '@m3ae/tree';
import { memory, scalar, setBackend, tensor, Tensor } from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import {
  adamW,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  createOptimizer,
  globalNorm,
  lars,
  layerDecay,
  scaleByPath,
  sgd,
  skipNonFinite,
  type Transform,
} from '../src/index.js';
import { array, largestDifference, run, step, toNumbers, toTensors } from './support.js';

const finite = fc.float({ min: -50, max: 50, noNaN: true });
const vectors = fc.array(fc.array(finite, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 });
const asTree = (rows: number[][]) => Object.fromEntries(rows.map((row, i) => [`p${i}`, array(row)]));

test('clipping divides by norm / max at and above the limit, and leaves the rest bit for bit', () => {
  fc.assert(
    fc.property(vectors, fc.double({ min: 0.01, max: 100, noNaN: true }), (rows, limit) => {
      const tree = asTree(rows);
      const norm = Math.sqrt(rows.flat().reduce((total, x) => total + x * x, 0));
      fc.pre(Math.abs(norm - limit) > 1e-4 * limit);
      const { updates, metrics } = step(clipByGlobalNorm(limit), tree, {}, toTensors(tree), 0);
      expect(Math.abs(metrics.gradientNorm!.dataSync()[0]! - norm)).toBeLessThanOrEqual(1e-6 * norm + 1e-18);
      for (const [path, values] of Object.entries(toNumbers(updates))) {
        const before = Array.from(tree[path]!.data);
        const expected = norm >= limit ? before.map((x) => (x / norm) * limit) : before;
        expect(largestDifference(values, expected)).toBeLessThanOrEqual(norm >= limit ? 1e-5 : 0);
      }
    }),
  );
});

test('at the limit itself the scale is 1, and a NaN poisons all updates', () => {
  const at = step(clipByGlobalNorm(5), { a: array([3, 4]) }, {}, toTensors({ a: array([0, 0]) }), 0);
  expect(toNumbers(at.updates).a).toEqual([3, 4]);
  const gradients = { a: array([3, NaN]), b: array([1]) };
  const poisoned = step(
    clipByGlobalNorm(5),
    gradients,
    {},
    toTensors({ a: array([0, 0]), b: array([0]) }),
    0,
  );
  expect(toNumbers(poisoned.updates)).toEqual({ a: [NaN, NaN], b: [NaN] });
  expect(() => clipByGlobalNorm(0)).toThrow('maxNorm must be a positive number; received 0.');
  expect(() => chain(sgd(), adamW as never)).toThrow(
    /transforms\.1 must be a transform; received a function adamW/,
  );
  expect(() => clipByGlobalNorm('1' as never)).toThrow(/maxNorm must be a positive number/);
});

const optimizers: [string, () => Transform][] = [
  ['clip and AdamW', () => chain(clipByGlobalNorm(1), adamW())],
  [
    'clip, AdamW and rates by path',
    () =>
      chain(
        clipByGlobalNorm(1),
        adamW(),
        scaleByPath(() => 0.5),
      ),
  ],
  ['AdamW without epsilon', () => adamW({ epsilon: 0 })],
  ['LARS', () => lars({ weightDecay: 0.1 })],
  ['SGD with momentum', () => sgd({ momentum: 0.9 })],
  ['plain SGD', () => sgd()],
];
const params = { a: array([1, -2, 3]), b: { c: array([0.5, 0, 4, 1], [2, 2]) } };
const gradients = { a: array([0.1, 0.2, -0.3]), b: { c: array([1, 2, 3, 4], [2, 2]) } };

test.each(optimizers)('%s: a step without a finite gradient changes nothing and says so', (_, make) => {
  const optimizer = skipNonFinite(make());
  const first = step(optimizer, gradients, toTensors(optimizer.init(params)), toTensors(params), 0.1);
  expect([...first.metrics.skipped!.dataSync()]).toEqual([0]);
  // 2e19 squared overflows float32: such a gradient is beyond use as well.
  for (const bad of [NaN, Infinity, -Infinity, 2e19]) {
    for (let place = 0; place < 4; place++) {
      const spoilt = { ...gradients, b: { c: array([1, 2, 3, 4], [2, 2]) } };
      spoilt.b.c.data[place] = bad;
      const second = step(optimizer, spoilt, first.state, first.params, 0.1);
      expect(toNumbers(second.params)).toEqual(toNumbers(first.params));
      expect(toNumbers(second.state)).toEqual(toNumbers(first.state));
      expect([...second.metrics.skipped!.dataSync()]).toEqual([1]);
    }
  }
});

test.each([0.01, 100])(
  'AdamW behind a clip at %d equals AdamW on gradients that were clipped by hand',
  (limit) => {
    const norm = Math.hypot(...gradients.a.data, ...gradients.b.c.data);
    const scale = norm < limit ? 1 : limit / norm;
    const clipped = mapTree<NdArray, NdArray>(gradients, ({ shape, data }) => ({
      shape,
      data: Float32Array.from(data, (value) => value * scale),
    }));
    const rates = [0.1, 0.1];
    const together = run(chain(clipByGlobalNorm(limit), adamW()), params, [gradients, gradients], rates);
    const apart = run(adamW(), params, [clipped, clipped], rates);
    const numbers = (value: unknown): number[] =>
      typeof value === 'number' ? [value] : Object.values(value as object).flatMap(numbers);
    expect(largestDifference(numbers(together), numbers(apart))).toBeLessThan(1e-6);
  },
);

test.each(optimizers)('%s: finite steps are the same with and without the guard', (_, make) => {
  const bare = run(make(), params, [gradients, gradients], [0.1, 0.05]);
  expect(run(skipNonFinite(make()), params, [gradients, gradients], [0.1, 0.05])).toEqual(bare);
});

test.each(optimizers)(
  '%s: an update leaves no tensor behind, reads no value, disposes no argument',
  (_, make) => {
    const optimizer = skipNonFinite(
      chain(
        make(),
        scaleByPath((path) => (path === 'a' ? 1 : 0.5)),
      ),
    );
    const state = toTensors(optimizer.init(params));
    const theta = toTensors(params);
    const slope = toTensors(gradients);
    const learningRate = scalar(0.1);
    const before = memory().numTensors;
    const read = vi.spyOn(Tensor.prototype, 'dataSync');
    const result = optimizer.update(slope, state, theta, { learningRate });
    const next = applyUpdates(theta, result.updates);
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
    const owned = [
      ...leavesOf(result.updates),
      ...leavesOf(result.state),
      ...leavesOf(next),
      ...leavesOf(result.metrics),
    ];
    expect(memory().numTensors).toBe(before + new Set(owned).size);
    owned.forEach((leaf) => leaf.dispose());
    expect(memory().numTensors).toBe(before);
    expect(toNumbers(theta).a).toEqual([1, -2, 3]);
  },
);

const leavesOf = (tree: object): { dispose(): void }[] =>
  'dispose' in tree ? [tree as { dispose(): void }] : Object.values(tree).flatMap(leavesOf);

test('a chain keeps one state a part, and hands each part the updates of the one before', () => {
  const twice = chain(sgd(), clipByGlobalNorm(1));
  expect(twice.init(params)).toEqual([{}, {}]);
  const theta = toTensors({ a: array([0, 0]) });
  const slope = toTensors({ a: array([3, 4]) });
  const { metrics, updates } = twice.update(slope, [{}, {}], theta, { learningRate: scalar(2) });
  expect(metrics.gradientNorm!.dataSync()[0]).toBe(10);
  expect(largestDifference(toNumbers(updates).a!, [-0.6, -0.8])).toBeLessThan(1e-6);
  expect(faultsOf(() => chain())).toMatchObject([{ path: 'transforms', received: 'none' }]);
  expect(faultsOf(() => twice.update(slope, [{}], theta, { learningRate: scalar(1) }))).toMatchObject([
    { path: 'state', received: 'an array of 1' },
  ]);
});

test('trees that differ are refused, with all paths and shapes', () => {
  const theta = toTensors({ a: array([0, 0]), b: array([1]) });
  const slope = { a: tensor([[1, 2]]), c: tensor([1]) };
  expect(faultsOf(() => applyUpdates(theta, slope))).toMatchObject([
    { path: 'a', received: 'params [2], updates [1,2]' },
    { path: 'b', received: 'params [1], updates missing' },
    { path: 'c', received: 'params missing, updates [1]' },
  ]);
  expect(faultsOf(() => globalNorm({}))).toMatchObject([{ path: 'tree' }]);
  const nothing = () => adamW().update({}, adamStateOfNothing, {}, { learningRate: scalar(1) });
  expect(faultsOf(nothing)).toMatchObject([{ received: 'empty trees' }]);
});
const adamStateOfNothing = { count: tensor(0, [], 'int32'), firstMoment: {}, secondMoment: {} };

test('a factor that is no number is refused by its path', () => {
  const wrong = chain(
    sgd(),
    scaleByPath(() => NaN),
  );
  expect(() => step(wrong, gradients, [{}, {}], toTensors(params), 0.1)).toThrow(
    "scale('a') must be a finite number, zero or more; received NaN. Return 1 to leave a rate as it is.",
  );
});

const guarded = () =>
  skipNonFinite(
    chain(
      clipByGlobalNorm(1),
      adamW(),
      scaleByPath(() => 0.5),
    ),
  );

test('the WASM backend gives the same updates', async () => {
  const steps = [gradients, { ...gradients, a: array([NaN, 0, 0]) }, gradients];
  const expected = run(guarded(), params, steps, [0.1, 0.1, 0.1]);
  await import('@tensorflow/tfjs-backend-wasm');
  try {
    expect(await setBackend('wasm')).toBe(true);
    const found = run(guarded(), params, steps, [0.1, 0.1, 0.1]);
    for (const [i, after] of found.entries()) {
      for (const path of Object.keys(after)) {
        expect(largestDifference(after[path]!, expected[i]![path]!)).toBeLessThan(1e-6);
      }
    }
  } finally {
    await setBackend('cpu');
  }
});

test('an optimizer by its name is the chain that a person would write, bit for bit', () => {
  const params = { encoder: { blocks: [{ kernel: array([1, -2]) }] }, head: array([3]) };
  const gradients = { encoder: { blocks: [{ kernel: array([0.5, 4]) }] }, head: array([-7]) };
  const decay = (path: string) => path !== 'head';
  const layers = scaleByPath(layerDecay({ decay: 0.5, depth: 1 }));
  const pairs: [Transform, Transform][] = [
    [createOptimizer(), skipNonFinite(chain(clipByGlobalNorm(1e9), adamW({ weightDecay: 0.05 })))],
    [
      createOptimizer({ b1: 0.5, epsilon: 1e-3, decay, clipNorm: 1, layerDecay: 0.5, depth: 1 }),
      skipNonFinite(chain(clipByGlobalNorm(1), adamW({ b1: 0.5, epsilon: 1e-3, decay }), layers)),
    ],
    [
      createOptimizer({ kind: 'sgd', momentum: 0.5, weightDecay: 0.1 }),
      skipNonFinite(chain(clipByGlobalNorm(1e9), sgd({ momentum: 0.5, weightDecay: 0.1 }))),
    ],
    [
      createOptimizer({ kind: 'lars', decay }),
      skipNonFinite(chain(clipByGlobalNorm(1e9), lars({ momentum: 0.9, weightDecay: 0.05, decay }))),
    ],
  ];
  for (const [named, written] of pairs) {
    expect(named.init(params)).toEqual(written.init(params));
    const [a, b] = [named, written].map((transform) =>
      toNumbers(
        step(transform, gradients, toTensors(transform.init(params)), toTensors(params), 0.1).updates,
      ),
    );
    expect(a).toEqual(b);
  }
});

test('an optimizer that is not there, and rates by layer without a depth, are refused', () => {
  expect(faultsOf(() => createOptimizer({ kind: 'adam' as never }))).toMatchObject([{ path: 'kind' }]);
  const faultsOfOptions = (options: object) => faultsOf(() => createOptimizer(options));
  expect(faultsOfOptions({ clipnorm: 1 })).toMatchObject([
    { path: 'clipnorm', remedy: 'Did you mean clipNorm?' },
  ]);
  expect(faultsOfOptions({ learningRate: 1 })).toMatchObject([{ path: 'learningRate' }]);
  expect(faultsOfOptions({ kind: 'sgd', b1: 3, clipNorm: 0, layerDecay: 2 })).toMatchObject([
    { path: 'b1' },
    { path: 'clipNorm' },
    { path: 'layerDecay' },
  ]);
  expect(faultsOf(() => createOptimizer({ layerDecay: 0.5 }))).toMatchObject([{ path: 'depth' }]);
});
