import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunner } from '@m3ae/compile';
import { adamW, chain, clipByGlobalNorm, sgd, skipNonFinite, type Transform } from '@m3ae/optim';
import { key } from '@m3ae/random';
import { type NdArray, ndArray } from '@m3ae/tree';
import { mul, type Scalar, sum, type Tensor1D } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import { nativeErrors } from '../../errors/test/wrong-arguments.js';
import {
  createCheckpoints,
  createTrainStep,
  createValidator,
  type MicroBatchPlace,
  mixedBatches,
  stepFunction,
  type Task,
  train,
  type Trained,
  TrainingDiverged,
} from '../src/index.js';
import { batches, batchSize, descend, examples, loader, mixer, toy, weights, xOf, yOf } from './toy.js';

const runner = createRunner({ engine: 'eager:cpu' });
const plain = (accumulate = 1) =>
  createTrainStep({ task: toy, optimizer: sgd(), schedule: () => 0.1, runner, accumulate });
const adaptive = (engine = runner) =>
  createTrainStep({
    task: toy,
    optimizer: skipNonFinite(chain(clipByGlobalNorm(1), adamW())),
    schedule: (count) => 0.05 / (1 + count),
    runner: engine,
  });

test('misspelled options do not mean the defaults', async () => {
  expect(faultsOf(() => createCheckpoints('none', { keeplast: 3 } as object))).toMatchObject([
    { path: 'keeplast', remedy: 'Did you mean keepLast?' },
  ]);
  for (const make of [() => createCheckpoints('none', 2 as never), () => createRunner(2 as never)])
    expect(faultsOf(make)).toMatchObject([{ path: 'options', received: '2' }]);
  expect(faultsOf(() => createRunner({ engine: 'eagr:cpu' as 'eager:cpu' }))).toMatchObject([
    { path: 'engine', received: 'eagr:cpu', remedy: 'Did you mean eager:cpu?' },
  ]);
  const parts = { task: toy, optimizer: sgd(), schedule: () => 1, runner, acumulate: 2 };
  expect(faultsOf(() => createTrainStep(parts))).toMatchObject([
    { path: 'acumulate', remedy: 'Did you mean accumulate?' },
  ]);
  const step = plain();
  const training = { step, batches: batches(), from: step.init(key(0)), steps: 3, maxNonfinite: 1 };
  await expect(train(training).next()).rejects.toMatchObject({
    faults: [{ path: 'maxNonfinite', remedy: 'Did you mean maxNonFinite?' }],
  });
});

async function collect(run: AsyncGenerator<Trained>): Promise<Trained[]> {
  const all: Trained[] = [];
  // A state is valid until the next turn, so what is compared is copied.
  for await (const now of run) all.push(structuredClone(now));
  return all;
}

test.each([
  [1, 1],
  [3, 2],
  [100, 6],
])(
  '%d batches ahead, %d parts a step: losses and weights are those of descent by hand',
  async (ahead, parts) => {
    const step = plain(parts);
    const all = await collect(train({ step, batches: batches(ahead), from: step.init(key(0)), steps: 30 }));
    const { w, losses } = descend(30, 0.1);
    expect(all.map(({ step: number }) => number)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    all.forEach(({ metrics }, i) => expect(metrics.loss).toBeCloseTo(losses[i]!, 5));
    weights(all.at(-1)!.state).forEach((value, j) => expect(value).toBeCloseTo(w[j]!, 5));
    expect(all.map(({ epoch }) => epoch)).toEqual(all.map((_, i) => Math.floor(i / (examples / batchSize))));
  },
);

test.each(['eager:cpu', 'compiled'] as const)(
  'a training that was saved goes on to the same bits, on %s',
  async (engine) => {
    const folder = mkdtempSync(join(tmpdir(), 'training-'));
    const on = createRunner({ engine, threads: 1 });
    const whole = adaptive(on);
    const straight = await collect(
      train({ step: whole, batches: batches(), from: whole.init(key(0)), steps: 12 }),
    );
    const first = adaptive(on);
    for await (const now of train({ step: first, batches: batches(), from: first.init(key(0)), steps: 12 })) {
      if (now.step === 5) await createCheckpoints(folder).save(now);
      if (now.step === 7) break; // the steps since the checkpoint are lost
    }
    const second = adaptive(on);
    const from = (await createCheckpoints(folder).latest(second.init(key(0))))!;
    expect(from.step).toBe(5);
    const rest = await collect(train({ step: second, batches: batches(), from, steps: 12 }));
    expect(rest.map(({ metrics }) => metrics)).toEqual(straight.slice(5).map(({ metrics }) => metrics));
    expect(rest.at(-1)!.state).toEqual(straight.at(-1)!.state);
    await Promise.all([whole, first, second].map((each) => each.dispose()));
  },
);

test('batches are prepared ahead, in order, no more than asked for; one that fails is thrown where it is awaited', async () => {
  const loaded: number[] = [];
  const failing = {
    async load(request: Parameters<typeof loader.load>[0]) {
      loaded.push(request.step);
      if (request.step === 2) throw new Error('broken batch');
      return loader.load(request);
    },
  };
  const source = mixedBatches({
    mixer: mixer(),
    loaders: { toys: failing },
    collate: toy.collate,
    key: key(5),
    prefetch: 2,
  });
  const feed = source.read({ state: null, first: 0, last: 4 });
  expect(loaded).toEqual([]);
  await feed.next();
  expect(loaded).toEqual([0, 1, 2]);
  await feed.next();
  await expect(feed.next()).rejects.toThrow('broken batch');
  await feed.next();
  expect(loaded).toEqual([0, 1, 2, 3]);
  await expect(feed.next()).rejects.toMatchObject({ faults: [{ path: 'next' }] });
});

test('a training ends where it is told to, and not in the middle of a step', async () => {
  const step = plain();
  const stop = new AbortController();
  const seen: number[] = [];
  const run = train({ step, batches: batches(), from: step.init(key(0)), steps: 100, signal: stop.signal });
  for await (const now of run) {
    seen.push(now.step);
    if (now.step === 3) stop.abort();
  }
  expect(seen).toEqual([1, 2, 3]);
});

test('each micro-batch of a step that has several is told before it is computed', async () => {
  const seen = async (parts: number) => {
    const told: MicroBatchPlace[] = [];
    const step = plain(parts);
    let now = 0;
    const clock = () => now;
    const onMicroBatch = (place: MicroBatchPlace) => {
      told.push(place);
      now++;
    };
    const from = step.init(key(0));
    for await (const _ of train({ step, batches: batches(), from, steps: 2, onMicroBatch, clock }))
      now += 100; // what is done between two steps is part of neither
    return told;
  };
  expect(await seen(1)).toEqual([]);
  const places = [1, 2].flatMap((step) => [0, 1, 2].map((done) => ({ step, done, total: 3, seconds: done })));
  expect(await seen(3)).toEqual(places);
});

test.each(['eager:cpu', 'compiled'] as const)(
  'a training that is stopped between two micro-batches keeps nothing of that step, on %s',
  async (engine) => {
    const make = () =>
      createTrainStep({
        task: toy,
        optimizer: adamW(),
        schedule: () => 0.05,
        runner: createRunner({ engine, threads: 1 }),
        accumulate: 3,
      });
    const whole = make();
    const straight = await collect(
      train({ step: whole, batches: batches(), from: whole.init(key(0)), steps: 4 }),
    );
    const stop = new AbortController();
    let asked = 0;
    const step = make();
    const watched: typeof step = {
      ...step,
      run: (state, next, ...rest) =>
        step.run(
          state,
          () => {
            asked += 1;
            if (asked === 8) stop.abort(); // the second micro-batch of the third step
            return next();
          },
          ...rest,
        ),
    };
    let last: Trained | undefined; // as the loop of a program holds it: not copied
    for await (const now of train({
      step: watched,
      batches: batches(),
      from: step.init(key(0)),
      steps: 4,
      signal: stop.signal,
    }))
      last = now;
    expect(asked).toBe(8);
    expect(last).toMatchObject({ step: 2, batches: straight[1]!.batches, state: straight[1]!.state });
    const again = make();
    const rest = await collect(train({ step: again, batches: batches(), from: last!, steps: 4 }));
    expect(rest.at(-1)!.state).toEqual(straight.at(-1)!.state);
    await Promise.all([whole, step, again].map((each) => each.dispose()));
  },
);

test('an error of a step is none of its signal', async () => {
  const stop = new AbortController();
  const step = plain();
  const failing: typeof step = {
    ...step,
    run: async () => {
      stop.abort();
      throw new Error('no memory');
    },
  };
  const run = train({
    step: failing,
    batches: batches(),
    from: step.init(key(0)),
    steps: 2,
    signal: stop.signal,
  });
  await expect(run.next()).rejects.toThrow('no memory');
});

test('losses that are not finite are counted, and end a training after some in a row', async () => {
  const step = createTrainStep({ task: toy, optimizer: skipNonFinite(sgd()), schedule: () => 0.1, runner });
  const broken = mixedBatches({
    mixer: mixer(),
    loaders: { toys: loader },
    key: key(5),
    collate(loaded, draw) {
      const batch = toy.collate(loaded, draw);
      const bad = draw.step === 1 || draw.step >= 4;
      return bad ? { ...batch, y: ndArray(new Float32Array(batchSize).fill(NaN), [batchSize, 1]) } : batch;
    },
  });
  const seen: number[][] = [];
  const run = async () => {
    for await (const now of train({
      step,
      batches: broken,
      from: step.init(key(0)),
      steps: 50,
      maxNonFinite: 3,
    }))
      seen.push([now.step, now.nonFinite.inRow, now.nonFinite.total]);
  };
  const error: unknown = await run().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TrainingDiverged);
  expect(error).toMatchObject({ step: 7, inRow: 3 });
  expect(seen).toEqual([
    [1, 0, 0],
    [2, 1, 1],
    [3, 0, 1],
    [4, 0, 1],
    [5, 1, 2],
    [6, 2, 3],
  ]);
});

test('validation is the mean over examples spread over the part, whatever was measured before', async () => {
  const indices = Int32Array.from({ length: 12 }, (_, i) => 2 * i);
  const validator = await createValidator({
    task: toy,
    loader,
    indices,
    batchSize: 4,
    maxBatches: 2,
    runner,
    key: key(1),
  });
  const w = [0.3, -1, 2];
  const params = { w: ndArray(Float32Array.from(w), [3, 1]) };
  // Every examples / (4 * 2)-th of the twelve, rounded down to each.
  const errors = Array.from({ length: 8 }, (_, i) => indices[i]!).map((i) =>
    xOf(i).reduce((sum, value, j) => sum + value * w[j]!, -yOf(i)),
  );
  const expected = errors.reduce((sum, error) => sum + error * error, 0) / 8;
  expect((await validator.measure(params)).loss).toBeCloseTo(expected, 5);
  expect((await validator.measure(params)).loss).toBe((await validator.measure(params)).loss);
  await validator.dispose();
});

test('what cannot be trained is refused by name', async () => {
  const step = plain();
  const at5 = { ...step.init(key(0)), step: 5 };
  const begin = (options: object) => () =>
    train({ step, batches: batches(), from: step.init(key(0)), steps: 3, ...options }).next();
  await expect(begin({ steps: 2.5 })()).rejects.toMatchObject({ faults: [{ path: 'steps' }] });
  await expect(begin({ from: at5 })()).rejects.toMatchObject({ faults: [{ path: 'steps', received: '3' }] });
  await expect(begin({ from: at5, steps: 9 })()).rejects.toMatchObject({ faults: [{ path: 'state' }] });
  expect(
    faultsOf(() => mixedBatches({ mixer: mixer(), loaders: {}, collate: toy.collate, key: key(0) })),
  ).toMatchObject([{ path: 'loaders.toys' }]);
  const task = toy as unknown as typeof toy.collate;
  expect(
    faultsOf(() => mixedBatches({ mixer: mixer(), loaders: {}, collate: task, key: key(0) })),
  ).toMatchObject([{ path: 'collate' }, { path: 'loaders.toys' }]);
  const cut = plain(4);
  await expect(
    train({ step: cut, batches: batches(), from: cut.init(key(0)), steps: 3 }).next(),
  ).rejects.toMatchObject({ faults: [{ path: 'accumulate', received: '4' }] });
  expect(faultsOf(() => plain(0))).toMatchObject([{ path: 'accumulate' }]);
  const nothing = { add: async () => {}, finish: async () => {}, gather: async () => [] };
  const peers = { rank: 0, size: 3, borrows: false, ...nothing };
  expect(
    faultsOf(() =>
      createTrainStep({ task: toy, optimizer: sgd(), schedule: () => 1, runner, accumulate: 4, peers }),
    ),
  ).toMatchObject([{ path: 'accumulate', rule: 'a multiple of the 3 processes that share a batch' }]);
});

/** Values that are none of what a training works with. */
const wrongKinds = [null, 5, 'text', [1], {}];

test('arguments of a wrong kind are refused by name', async () => {
  const step = plain();
  const from = step.init(key(0));
  const training = { step, batches: batches(), from, steps: 3 };
  const faultsOfTraining = async (options: object) =>
    (
      await train({ ...training, ...options })
        .next()
        .then(() => ({ faults: [] }))
        .catch((error: { faults: { path: string }[] }) => error)
    ).faults.map(({ path }) => path);
  const nested = { step: '5', state: { params: null, optimizer: {} }, batches: null, nonFinite: {} };
  expect(await faultsOfTraining({ from: nested })).toEqual(['from.step', 'from.state', 'from.nonFinite']);
  expect(await faultsOfTraining({ from: {} })).toEqual([
    'from.step',
    'from.state',
    'from.batches',
    'from.nonFinite',
  ]);
  for (const wrong of [undefined, null, 5, 'text', [1]])
    expect(await faultsOfTraining({ from: wrong }), String(wrong)).toEqual(['from']);
  for (const name of [
    'step',
    'batches',
    'steps',
    'signal',
    'turnAfter',
    'maxNonFinite',
    'clock',
    'onMicroBatch',
  ])
    for (const wrong of wrongKinds.slice(name === 'maxNonFinite' || name === 'steps' ? 2 : 0))
      expect(await faultsOfTraining({ [name]: wrong }), `${name} = ${JSON.stringify(wrong)}`).toEqual([name]);

  const parts = { task: toy, optimizer: sgd(), schedule: () => 0.1, runner };
  expect(nativeErrors(createTrainStep, [parts])).toEqual([]);
  expect(nativeErrors(stepFunction, [{ task: toy, optimizer: sgd() }])).toEqual([]);
  expect(faultsOf(() => createTrainStep({} as never)).map(({ path }) => path)).toEqual(Object.keys(parts));
  const source = { mixer: mixer(), loaders: { toys: loader }, collate: toy.collate, key: key(0) };
  expect(nativeErrors(mixedBatches, [source])).toEqual([]);
  const measured = { task: toy, loader, indices: Int32Array.of(0, 1), batchSize: 2, runner };
  for (const name of Object.keys(measured))
    for (const wrong of name === 'batchSize' ? ['2'] : [undefined, null, 'text', {}])
      await expect(
        createValidator({ ...measured, key: key(0), [name]: wrong }),
        `${name} = ${JSON.stringify(wrong)}`,
      ).rejects.toMatchObject({ faults: [{ path: name }] });

  expect(nativeErrors(createCheckpoints, ['none'])).toEqual([]);
  const checkpoints = createCheckpoints(mkdtempSync(join(tmpdir(), 'wrong-kinds-')));
  await expect(checkpoints.save({} as never)).rejects.toMatchObject({
    faults: ['step', 'state', 'batches', 'nonFinite'].map((name) => ({ path: `snapshot.${name}` })),
  });
  await expect(checkpoints.latest(5 as never)).rejects.toMatchObject({ faults: [{ path: 'like' }] });
});

test.each([
  ['eager:cpu', 1, 1],
  ['eager:cpu', 4, 1],
  ['eager:cpu', 4, 2],
  ['compiled', 1, 1],
  ['compiled', 4, 1],
  ['compiled', 4, 2],
] as const)(
  'gradients of -0 add up to -0, and those of 0 to 0: on %s, %d micro-batches, %d replicas',
  async (engine, accumulate, replicas) => {
    const task: Task<NdArray, Tensor1D> = {
      name: 'zeros',
      shapes: () => ({ w: { shape: [2] }, unused: { shape: [2] } }),
      init: () => ({ w: ndArray(new Float32Array(2), [2]), unused: ndArray(new Float32Array(2), [2]) }),
      collate: () => ndArray(new Float32Array(2), [2]),
      loss(params, batch) {
        const value = sum(mul((params as { w: Tensor1D }).w, batch)) as Scalar;
        return { value, metrics: { loss: value } };
      },
      decays: () => true,
    };
    /** Keeps the gradients as its state. */
    const optimizer: Transform = {
      init: (params) => params,
      update: (gradients) => ({ updates: gradients, state: gradients, metrics: {} }),
    };
    const on = createRunner({ engine, threads: 1 });
    const step = createTrainStep({ task, optimizer, schedule: () => 0, runner: on, accumulate, replicas });
    const { state } = step.init(key(0));
    const batch = ndArray(Float32Array.of(-0, 1), [2]);
    const result = await step.run(state, () => batch, 0);
    const { w, unused } = result.state.optimizer as { w: NdArray; unused: NdArray };
    expect([...w.data]).toEqual([-0, 1]); // toEqual tells 0 and -0 apart
    expect([...unused.data]).toEqual([0, 0]);
    await step.dispose();
  },
);
