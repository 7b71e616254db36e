import type { NdArray } from '@m3ae/tree';
import { expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import {
  adamW,
  chain,
  clipByGlobalNorm,
  decayExcept,
  decayMatrices,
  lars,
  scaleByPath,
  sgd,
  type Transform,
} from '../src/index.js';
import { array, largestDifference, readJson, run, step, toNumbers, toTensors } from './support.js';

type Flat = Record<string, number[]>;
interface Fixture {
  readonly rates: number[];
  readonly shapes: Record<string, number[]>;
  readonly params: Flat;
  readonly gradients: Flat[];
  readonly cases: Record<string, Flat[]>;
}

const data = readJson<Fixture>('optimizers.json'); // by optax and torch, see make.py
const shaped = (flat: Flat): Record<string, NdArray> =>
  Object.fromEntries(Object.entries(flat).map(([name, values]) => [name, array(values, data.shapes[name]!)]));

const decay = decayExcept(['bias']);
const cases: [string, Transform][] = [
  ['optax adamw', adamW({ decay })],
  ['optax clip adamw', chain(clipByGlobalNorm(1), adamW({ decay }))],
  ['optax adamw b2 0.999', adamW({ b2: 0.999, epsilon: 1e-6, weightDecay: 0 })],
  ['optax lars', lars({ weightDecay: 0.1 })],
  ['optax lars nesterov', lars({ weightDecay: 0.1, momentum: 0.8, nesterov: true, epsilon: 1e-3 })],
  ['torch adamw', adamW({ decay: decayMatrices })],
  ['torch adamw b2 0.999', adamW({ b2: 0.999, epsilon: 1e-6, weightDecay: 0 })],
  ['torch sgd', sgd({ momentum: 0.9, weightDecay: 0.1, decay })],
  ['torch sgd nesterov', sgd({ momentum: 0.8, nesterov: true, weightDecay: 0.1, decay })],
  ['torch sgd plain', sgd({ weightDecay: 0.1, decay })],
  ['moco lars', lars({ variant: 'moco', weightDecay: 0.1 })],
];

test.each(cases)('six updates equal those of %s', (name, transform) => {
  const after = run(transform, shaped(data.params), data.gradients.map(shaped), data.rates);
  const expected = data.cases[name]!;
  expect(Object.keys(after[5]!).sort()).toEqual(Object.keys(expected[5]!).sort());
  for (const [i, params] of after.entries()) {
    for (const path of Object.keys(params)) {
      expect(largestDifference(params[path]!, expected[i]![path]!), `step ${i}, ${path}`).toBeLessThan(1e-6);
    }
  }
});

/** The updates of one step from a given state. */
function updatesOf(transform: Transform, params: NdArray, gradient: NdArray, rates: number[]): number[][] {
  const theta = toTensors({ theta: params });
  let state = toTensors(transform.init({ theta: params }));
  return rates.map((rate) => {
    const next = step(transform, { theta: gradient }, state, theta, rate);
    state = next.state;
    return toNumbers(next.updates).theta!;
  });
}

// Specification, appendix A10 (optax 0.1.1): the parameters are held, the buffer moves on.
test('LARS: trust, rate before momentum, and a bias that leaves zero', () => {
  const [first, second] = updatesOf(lars(), array([3, 4]), array([0, 10]), [0.1, 0.2]);
  expect(largestDifference(first!, [0, -0.0005])).toBeLessThan(1e-9);
  expect(largestDifference(second!, [0, -0.00145])).toBeLessThan(1e-9);
  const bias = updatesOf(lars(), array([0, 0]), array([1, 1]), [0.1, 0.2]);
  expect(largestDifference(bias[0]!, [-0.1, -0.1])).toBeLessThan(1e-7);
  expect(largestDifference(bias[1]!, [-0.29, -0.29])).toBeLessThan(1e-7);
});

test('the LARS variants differ as soon as the rate changes: moco applies the new rate to the old buffer', () => {
  const covered = { adapt: () => true };
  const [first, second] = updatesOf(
    lars({ variant: 'moco', ...covered }),
    array([3, 4]),
    array([0, 10]),
    [0.1, 0.2],
  );
  expect(largestDifference(first!, [0, -0.0005])).toBeLessThan(1e-9);
  expect(largestDifference(second!, [0, -0.2 * 0.005 * 1.9])).toBeLessThan(1e-9);
});

// Specification, appendix A11 (optax 0.1.1).
test('AdamW: first update, decayed and exempt', () => {
  const [update] = updatesOf(adamW(), array([3, 4]), array([0, 10]), [0.1]);
  expect(largestDifference(update!, [-0.015, -0.12])).toBeLessThan(1e-7);
  const [bias] = updatesOf(adamW({ decay: () => false }), array([0, 0]), array([1, 1]), [0.1]);
  expect(largestDifference(bias!, [-0.1, -0.1])).toBeLessThan(1e-7);
});

test('a bias correction close to 1 keeps its digits', () => {
  // With a constant gradient both corrected moments are exact at every step: the update is the rate.
  const updates = updatesOf(
    adamW({ b2: 0.9999, weightDecay: 0, epsilon: 0 }),
    array([1]),
    array([0.25]),
    [1, 1, 1, 1],
  );
  for (const [update] of updates) expect(Math.abs(update! + 1)).toBeLessThan(2e-6);
});

test('the state of AdamW counts in int32 and has the structure of the parameters', () => {
  const params = { blocks: [{ bias: array([1, 2]) }], head: array([1], [1, 1]) };
  const state = adamW().init(params) as Record<string, NdArray>;
  expect(state).toEqual({
    count: { shape: [], data: Int32Array.of(0) },
    firstMoment: { blocks: [{ bias: array([0, 0]) }], head: array([0], [1, 1]) },
    secondMoment: { blocks: [{ bias: array([0, 0]) }], head: array([0], [1, 1]) },
  });
  const next = step(adamW(), params, toTensors(state), toTensors(params), 0.1).state as unknown as {
    count: { dtype: string; dataSync(): Int32Array };
  };
  expect(next.count.dtype).toBe('int32');
  expect([...next.count.dataSync()]).toEqual([1]);
});

test('all bad options are named at once, with the nearest known name', () => {
  expect(faultsOf(() => adamW({ b1: 1, epsilon: -1, weigthDecay: 0.1 } as object))).toMatchObject([
    { path: 'adamW.weigthDecay', remedy: 'Did you mean weightDecay?' },
    { path: 'adamW.b1', rule: 'in [0, 1)', received: '1' },
    { path: 'adamW.epsilon', rule: 'a number of at least 0', received: '-1' },
  ]);
  expect(() => lars({ variant: 'mocco' } as object)).toThrow(
    'lars.variant must be one of optax, moco; received mocco. Did you mean moco? Check the spelling.',
  );
  expect(() => sgd({ nesterov: true })).toThrow('sgd.momentum must be above 0 with nesterov; received 0.');
  expect(() => lars({ variant: 'moco', nesterov: true })).toThrow(
    'lars.nesterov must be false with variant moco',
  );
});

test.each([
  [clipByGlobalNorm, '1', 'maxNorm'],
  [clipByGlobalNorm, undefined, 'maxNorm'],
  [decayExcept, 'bias', 'names'],
  [decayExcept, undefined, 'names'],
  [scaleByPath, 3, 'scale'],
])('%o refuses %j', (make, argument, path) => {
  const loosely = make as (argument: unknown) => unknown; // as JavaScript may call it
  expect(faultsOf(() => loosely(argument)).map((fault) => fault.path)).toEqual([path]);
});
