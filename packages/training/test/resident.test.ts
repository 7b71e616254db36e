import { createRunner, disposeArrays, isDeviceArray, readArrays } from '@m3ae/compile';
import { adamW, chain, clipByGlobalNorm, sgd, skipNonFinite } from '@m3ae/optim';
import { key } from '@m3ae/random';
import { flattenTree, type NdArray, scalarArray } from '@m3ae/tree';
import {
  matMul,
  mean,
  memory,
  type Scalar,
  square,
  sub,
  type Tensor,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { createTrainStep, train, TrainingDiverged, type TrainState, type TrainStep } from '../src/index.js';
import { batches, toy } from './toy.js';

const stepOn = (resident: boolean, accumulate: number) =>
  createTrainStep({
    task: toy,
    optimizer: skipNonFinite(chain(clipByGlobalNorm(1), adamW())),
    schedule: (count) => 0.05 / (1 + count),
    runner: createRunner({ engine: 'eager:cpu', resident }),
    accumulate,
  });

test.each([
  [2000, 1],
  [300, 3],
])(
  '%d steps, %d micro-batches each, on a state in tensors have the bits of the host, and hold as many tensors as one',
  async (steps, accumulate) => {
    const [onHost, inTensors] = [false, true].map((resident) => stepOn(resident, accumulate));
    const states: unknown[] = [];
    for await (const now of train({
      step: onHost!,
      batches: batches(),
      from: onHost!.init(key(0)),
      steps: 40,
    }))
      if (now.step === 40) states.push(now.state, now.metrics);
    const before = memory().numTensors;
    const held = new Set<number>();
    let onDevice = true;
    for await (const now of train({
      step: inTensors!,
      batches: batches(),
      from: inTensors!.init(key(0)),
      steps,
    })) {
      if (now.step > 1) held.add(memory().numTensors); // the first step has no sum of an earlier one
      if (now.step === 40) states.push(await readArrays(now.state), now.metrics);
      onDevice &&= flattenTree<NdArray>(now.state.params).every(([, leaf]) => isDeviceArray(leaf));
    }
    expect(states.slice(2)).toEqual(states.slice(0, 2));
    expect([held.size, onDevice]).toEqual([1, true]);
    expect([...held][0]).toBeGreaterThan(before);
    await inTensors!.dispose();
    expect(memory().numTensors).toBe(before);
  },
  30_000,
);

test('a step of a loss that compares examples, stopped at any micro-batch, leaves nothing on the device', async () => {
  type Tensors = { readonly x: Tensor2D; readonly y: Tensor2D };
  const error = (z: Tensor, y: Tensor) => mean(square(sub(z, y))) as Scalar;
  const features = (params: object, { x, y }: Tensors) => ({
    z: matMul(x, (params as { w: Tensor2D }).w),
    y,
  });
  const task = {
    ...toy,
    contrast: {
      features,
      loss: (_params: unknown, { z, y }: Readonly<Record<string, Tensor>>) => {
        const value = error(z!, y!);
        return { value, metrics: { loss: value } };
      },
    },
  } as typeof toy;
  const runner = createRunner({ engine: 'eager:cpu', resident: true });
  const step = createTrainStep({ task, optimizer: sgd(), schedule: () => 0.1, runner, accumulate: 3 });
  const feed = () => batches().read({ state: null, first: 0, last: 1, cut: step.cut! });
  /** One step, stopped as the batch of a place among its six is asked for. */
  const run = async (state: TrainState, stopAt = Infinity) => {
    const stop = new AbortController();
    const { next } = feed();
    let asked = 0;
    const batch = async () => {
      if (asked++ === stopAt) stop.abort();
      return (await next()).batch;
    };
    const result = await step.run(state, batch, 0, stop.signal);
    disposeArrays(result.metrics);
    return result.state;
  };
  const nothing = memory().numTensors;
  const state = await run(await run(step.init(key(0)).state));
  const whole = memory().numTensors;
  const stopped: number[] = [];
  // The last micro-batch is of a step that is finished.
  for (const stopAt of [0, 1, 2, 3, 4, 0, 4]) {
    await expect(run(state, stopAt), `${stopAt}`).rejects.toThrow('aborted');
    stopped.push(memory().numTensors);
  }
  expect(stopped).toEqual(stopped.map(() => whole - 1)); // all but the sum of the step before
  await run(state);
  expect(memory().numTensors).toBe(whole);
  await step.dispose();
  expect(memory().numTensors).toBe(nothing);
});

/** Steps whose losses are given. */
const fake = (lossAt: (count: number) => number): TrainStep<unknown> => {
  const real = createTrainStep({ task: toy, optimizer: sgd(), schedule: () => 0.1, runner: createRunner() });
  return {
    ...real,
    async run(state, next, count) {
      await next();
      return { state, metrics: { loss: scalarArray(lossAt(count + 1)) } };
    },
  };
};

test('between turns steps go on, and what they measured is read with the next', async () => {
  const step = fake((done) => (done === 2 || done === 7 ? NaN : done));
  const options = { step, batches: batches(), from: step.init(key(0)), steps: 10, clock: () => 0 };
  const turns: unknown[] = [];
  for await (const now of train({ ...options, turnAfter: (done) => done % 4 === 0 })) {
    turns.push([now.step, now.metrics.loss, now.nonFinite]);
  }
  expect(turns).toEqual([
    [4, 4, { inRow: 0, total: 1 }],
    [8, 8, { inRow: 0, total: 2 }],
    [10, 10, { inRow: 0, total: 2 }],
  ]);
});

test('a training that diverges between turns names the step, and one that is stopped has a last turn', async () => {
  const step = fake((done) => (done >= 5 ? NaN : done));
  const options = () => ({ step, batches: batches(), from: step.init(key(0)), steps: 20 });
  const run = train({ ...options(), turnAfter: (done) => done % 8 === 0, maxNonFinite: 2 });
  const diverged = await run.next().catch((error: unknown) => error);
  expect(diverged).toBeInstanceOf(TrainingDiverged);
  expect(diverged).toMatchObject({ step: 6, inRow: 2 });

  const stop = new AbortController();
  const stopped = fake((done) => {
    if (done === 3) stop.abort();
    return done;
  });
  const seen: number[] = [];
  for await (const now of train({ ...options(), step: stopped, turnAfter: () => false, signal: stop.signal }))
    seen.push(now.step);
  expect(seen).toEqual([3]);
});
