import '@tensorflow/tfjs-backend-cpu';
import { key, normal, uniform } from '@m3ae/random';
import {
  dispose,
  grads,
  memory,
  ready,
  setBackend,
  type Tensor,
  tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import {
  gatherTokens,
  gatherTokens2d,
  leaveOutPadding,
  type MaskPlan,
  planFromMask,
  planFromNoise,
  planTensors,
  restoreTokens,
} from '../src/index.js';
import { keepOf } from './sound.js';

beforeAll(async () => {
  await setBackend('cpu');
  await ready();
});

const batch = 3;
const length = 7;
const dim = 4;
const random = (seed: number, count: number) => normal(key(seed), count);
const plans: [string, MaskPlan][] = [
  ['shared', planFromNoise(uniform(key(1), length), 1, length, 0.5)],
  ['per example', planFromNoise(uniform(key(2), batch * length), batch, length, 0.6)],
  ['nothing hidden', planFromNoise(uniform(key(3), batch * length), batch, length, 0)],
  ['all hidden, shared', planFromNoise(uniform(key(4), length), 1, length, 1)],
  ['all hidden, per example', planFromNoise(uniform(key(5), batch * length), batch, length, 1)],
  ['by hand', planFromMask([0, 1, 1, 0, 1, 0, 1])],
];

/** Place of an element in a [.., count, dim] array. */
const at = (row: number, token: number, count: number, d: number) => (row * count + token) * dim + d;
const rowOf = (plan: MaskPlan, example: number) => (plan.mask.shape[0] === 1 ? 0 : example);

// Oracle: three loops over plain arrays.
function gatherByLoops(
  values: Float32Array,
  ids: ArrayLike<number>,
  count: number,
  plan: MaskPlan,
): number[] {
  const out: number[] = [];
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < count; i++) {
      const token = ids[rowOf(plan, b) * count + i]!;
      for (let d = 0; d < dim; d++) out.push(values[at(b, token, length, d)]!);
    }
  }
  return out;
}

// Oracle: walk the positions, hand out visible tokens by their place in idsKeep.
function restoreByLoops(visible: Float32Array, token: Float32Array, plan: MaskPlan): number[] {
  const out: number[] = [];
  for (let b = 0; b < batch; b++) {
    const row = rowOf(plan, b);
    const kept = [...plan.idsKeep.data.subarray(row * keepOf(plan), (row + 1) * keepOf(plan))];
    for (let i = 0; i < length; i++) {
      const place = kept.indexOf(i);
      for (let d = 0; d < dim; d++) out.push(place < 0 ? token[d]! : visible[at(b, place, keepOf(plan), d)]!);
    }
  }
  return out;
}

/** Central differences of f at x; exact up to rounding, because everything here is linear. */
function differences(f: (x: Float32Array) => number, x: Float32Array): number[] {
  return Array.from(x, (_, i) => {
    const moved = (by: number) => f(x.map((value, j) => (i === j ? value + by : value)));
    return (moved(0.5) - moved(-0.5)) / 1;
  });
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(tolerance);
}

describe.each(plans)('%s', (_, plan) => {
  const hidden = length - keepOf(plan);

  test.each(['keep', 'hidden'] as const)('gatherTokens %s: values, gradient, leaks', (choice) => {
    const count = choice === 'keep' ? keepOf(plan) : hidden;
    const ids = (choice === 'keep' ? plan.idsKeep : plan.idsHidden).data;
    const x = random(10, batch * length * dim);
    const weight = random(11, batch * count * dim);
    const tensors = planTensors(plan);
    const before = memory().numTensors;
    tidy(() => {
      const tokens = tensor(x, [batch, length, dim]) as Tensor3D;
      const taken = gatherTokens(tokens, choice, tensors);
      expect(taken.shape).toEqual([batch, count, dim]);
      expect([...taken.dataSync()]).toEqual(gatherByLoops(x, ids, count, plan));
      if (count === 0) return;
      const take = (t: Tensor) => gatherTokens(t as Tensor3D, choice, tensors);
      const [gradient] = grads(take)([tokens], tensor(weight, [batch, count, dim]));
      const byHand = (values: Float32Array) =>
        gatherByLoops(values, ids, count, plan).reduce((total, value, i) => total + value * weight[i]!, 0);
      expectClose(gradient!.dataSync(), differences(byHand, x), 1e-5);
    });
    expect(memory().numTensors).toBe(before);
    dispose({ ...tensors });
  });

  test('restoreTokens: values, gradients, leaks', () => {
    const x = random(12, batch * keepOf(plan) * dim);
    const token = random(13, dim);
    const weight = random(14, batch * length * dim);
    const tensors = planTensors(plan);
    const before = memory().numTensors;
    tidy(() => {
      const visible = tensor(x, [batch, keepOf(plan), dim]) as Tensor3D;
      const maskToken = tensor(token, [1, 1, dim]);
      const full = restoreTokens(visible, maskToken, tensors);
      expect(full.shape).toEqual([batch, length, dim]);
      expect([...full.dataSync()]).toEqual(restoreByLoops(x, token, plan));
      const restore = (v: Tensor, t: Tensor) => restoreTokens(v as Tensor3D, t, tensors);
      const gradients = grads(restore)([visible, maskToken], tensor(weight, [batch, length, dim]));
      const total = (values: number[]) => values.reduce((all, value, i) => all + value * weight[i]!, 0);
      expectClose(
        gradients[0]!.dataSync(),
        differences((v) => total(restoreByLoops(v, token, plan)), x),
        1e-5,
      );
      expectClose(
        gradients[1]!.dataSync(),
        differences((t) => total(restoreByLoops(x, t, plan)), token),
        1e-5,
      );
      expect(gradients[1]!.shape).toEqual([1, 1, dim]);
    });
    expect(memory().numTensors).toBe(before);
    dispose({ ...tensors });
  });

  test.each(['keep', 'hidden'] as const)('gatherTokens2d %s keeps the dtype', (choice) => {
    const tensors = planTensors(plan);
    const before = memory().numTensors;
    tidy(() => {
      const ids = Int32Array.from({ length: batch * length }, (_, i) => i);
      const taken = gatherTokens2d(tensor(ids, [batch, length], 'int32') as Tensor2D, choice, tensors);
      const expected = Array.from({ length: batch }, (_, b) => {
        const kept = (choice === 'keep' ? plan.idsKeep : plan.idsHidden).data;
        const count = kept.length / plan.mask.shape[0]!;
        const row = rowOf(plan, b) * count;
        return Array.from(kept.subarray(row, row + count), (token) => b * length + token);
      });
      expect(taken.dtype).toBe('int32');
      expect(taken.shape).toEqual([batch, choice === 'keep' ? keepOf(plan) : hidden]);
      expect([...taken.dataSync()]).toEqual(expected.flat());
    });
    expect(memory().numTensors).toBe(before);
    dispose({ ...tensors });
  });
});

test('a trimmed plan gathers, and is refused where tokens are put back', () => {
  const plan = planFromNoise(uniform(key(6), 2 * 64), 2, 64, 0.75);
  const padding = Array.from({ length: 2 * 64 }, (_, i) => (i % 64 < 8 ? 0 : 1));
  const trimmed = planTensors(leaveOutPadding(plan, padding, 2));
  const ids = tensor(new Int32Array(128), [2, 64], 'int32') as Tensor2D;
  const { shape } = gatherTokens2d(ids, 'keep', trimmed);
  expect(shape).toEqual(trimmed.idsKeep.shape);
  expect(shape[1]).toBeLessThan(16);
  const visible = tensor(new Float32Array(2 * shape[1]!), [2, shape[1]!, 1]) as Tensor3D;
  const whole = trimmed as MaskPlan<Tensor2D>;
  expect(faultsOf(() => restoreTokens(visible, tensor([[[0]]]), whole))).toMatchObject([
    { path: 'plan', received: 'a trimmed plan' },
  ]);
});
