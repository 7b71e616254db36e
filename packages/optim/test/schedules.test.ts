import fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultsOf } from '../../errors/test/faults-of.js';
import {
  decayExcept,
  decayMatrices,
  layerDecay,
  leastSummedRate,
  runLength,
  scaledLearningRate,
  scheduleOf,
  summedRate,
  tooLittleRate,
  warmupCosine,
} from '../src/index.js';
import { readJson } from './support.js';

interface Schedule {
  readonly options: { peak: number; warmupSteps: number; totalSteps: number; init: number; end: number };
  readonly values: Record<string, number>;
}

const golden = readJson<{ schedules: (Schedule['options'] & { values: Record<string, number> })[] }>(
  'golden/pieces/case.json',
);
const schedules: Schedule[] = [
  ...golden.schedules.map(({ values, ...options }) => ({ options, values })),
  ...readJson<{ schedules: Schedule[] }>('optimizers.json').schedules,
];

test.each(schedules)(
  'warm-up $options.warmupSteps of $options.totalSteps equals optax',
  ({ options, values }) => {
    const rate = warmupCosine(options);
    for (const [count, expected] of Object.entries(values)) {
      // One unit in the last place of the peak.
      expect(Math.abs(rate(Number(count)) - expected), `lr(${count})`).toBeLessThanOrEqual(
        6e-8 * options.peak,
      );
    }
  },
);

// Specification, appendix A9.
test.each([
  [10, 0, 0],
  [10, 5, 0.5],
  [10, 10, 1],
  [10, 55, 0.5],
  [10, 100, 0],
  [10, 1000, 0],
  [0, 0, 1],
  [0, 50, 0.5],
])('warm-up %d: the rate after %d updates is %d', (warmupSteps, count, expected) => {
  expect(warmupCosine({ peak: 1, warmupSteps, totalSteps: 100 })(count)).toBeCloseTo(expected, 6);
});

test('a schedule that cannot be is refused', () => {
  expect(faultsOf(() => warmupCosine({ peak: 1, warmupSteps: 10, totalSteps: 10 }))).toMatchObject([
    { path: 'warmupCosine.warmupSteps', rule: 'below totalSteps, 10', received: '10' },
  ]);
  expect(faultsOf(() => warmupCosine({ peak: 1, totalSteps: 10.5, warmupStep: 3 } as never))).toMatchObject([
    { path: 'warmupCosine.warmupStep', remedy: 'Did you mean warmupSteps?' },
    { path: 'warmupCosine.totalSteps', received: '10.5' },
  ]);
  expect(faultsOf(() => warmupCosine({ peak: 1, totalSteps: 10 })(-1))).toMatchObject([
    { path: 'count', received: '-1' },
  ]);
});

test('the rate scales with the batch; accumulated batches count only where asked', () => {
  expect(scaledLearningRate({ base: 1.5e-4, batchSize: 4096 })).toBeCloseTo(2.4e-3, 12);
  expect(scaledLearningRate({ base: 0.1, batchSize: 2048 })).toBeCloseTo(0.8, 12);
  expect(scaledLearningRate({ base: 0.1, batchSize: 64, accumulationSteps: 4 })).toBeCloseTo(0.025, 12);
  expect(
    scaledLearningRate({ base: 0.1, batchSize: 64, accumulationSteps: 4, rule: 'effective' }),
  ).toBeCloseTo(0.1, 12);
});

test('decay rules match whole path elements, or count axes', () => {
  const decay = decayExcept(['bias', 'embedding', 'clsToken']);
  expect(() => decayExcept('bias' as never)).toThrow(/names must be a list/); // its letters would be the names
  const exempt = ['clsToken', 'head.bias', 'text.embedding.0'];
  const decayed = ['encoder.norm.scale', 'biases', 'imageEmbedding.kernel'];
  expect(exempt.map((path) => decay(path, [4]))).toEqual([false, false, false]);
  expect(decayed.map((path) => decay(path, [4]))).toEqual([true, true, true]);
  expect([[], [4], [4, 4], [1, 1, 4]].map((shape) => decayMatrices('p', shape))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

// Layers counted by hand for a depth of 3, from util/lr_decay.py of the original MAE (embeddings 0, blocks i + 1, rest last)
// and from section 7.2 of the specification (n = depth + 1).
test.each([
  ['clsToken', 0, 0],
  ['types.encoderImage', 0, 4],
  ['imageEmbedding.kernel', 0, 4],
  ['encoder.blocks.0.norm1.scale', 1, 1],
  ['encoder.blocks.2.mlp.output.bias', 3, 3],
  ['base.encoder.blocks.2.mlp.output.bias', 3, 3],
  ['encoder.norm.scale', 4, 0],
  ['decoder.blocks.0.norm1.scale', 4, 1],
  ['decoder.norm.scale', 4, 0],
  ['head.kernel', 4, 4],
])('%s is in layer %d, and in layer %d of the reference', (path, standard, reference) => {
  expect(layerDecay({ decay: 0.5, depth: 3 })(path)).toBe(0.5 ** (4 - standard));
  expect(layerDecay({ decay: 0.5, depth: 3, layers: 'reference' })(path)).toBe(0.5 ** (4 - reference));
});

test('a depth that the model exceeds is refused', () => {
  expect(() => layerDecay({ decay: 0.5, depth: 3 })('encoder.blocks.3.norm1.scale')).toThrow(
    "layerDecay.depth must be above the block of encoder.blocks.3.norm1.scale; received 3. Pass the model's own depth.",
  );
  expect(() => layerDecay({ decay: 2, depth: 0 })).toThrow('layerDecay.decay must be in (0, 1]; received 2.');
});

test('the summed rate is the sum of the schedule over all updates', () => {
  const rate = fc.integer({ min: 1, max: 1000 }).map((thousandths) => thousandths / 1000);
  fc.assert(
    fc.property(rate, rate, rate, fc.nat(400), fc.nat(400), (init, peak, end, warmupSteps, more) => {
      const totalSteps = warmupSteps + more + 1;
      const options = { init, peak, end, warmupSteps, totalSteps };
      const schedule = warmupCosine(options);
      let slow = 0;
      for (let step = 0; step < totalSteps; step++) slow += schedule(step);
      // Sums and areas differ by half a step at each end.
      expect(Math.abs(summedRate(options) - slow)).toBeLessThanOrEqual(1.01);
    }),
  );
});

// Specification, appendix A9: CC12M of which 88 % could be fetched.
test('steps of the paper', () => {
  const options = { batchSize: 4096, epochs: 100, warmup: { epochs: 5 } };
  const length = { stepsPerEpoch: 2677, totalSteps: 267_700, warmupSteps: 13_385 };
  expect(runLength(options, 10_968_539)).toEqual(length);
  const { peak, init, end, ...steps } = scheduleOf({ batchSize: 4096, peakLearningRate: 1.5e-4 }, length);
  expect(peak).toBeCloseTo(2.4e-3, 12);
  expect({ init, end, ...steps }).toEqual({ init: 0, end: 0, warmupSteps: 13_385, totalSteps: 267_700 });
});

test('a warm-up is counted in steps, epochs or as a share of the steps over which the rate changes', () => {
  const warmupOf = (warmup: object, rest: object = {}) =>
    runLength({ batchSize: 10, steps: 200, ...rest, warmup } as never, 105).warmupSteps;
  expect([warmupOf({ steps: 7 }), warmupOf({ epochs: 1.5 }), warmupOf({ share: 0.25 })]).toEqual([7, 15, 50]);
  expect(warmupOf({ share: 0.25 }, { scheduleSteps: 100 })).toBe(25);
  expect(
    scheduleOf(
      { batchSize: 10, peakLearningRate: 1, learningRatePer: 'batch', scheduleSteps: 100 },
      { warmupSteps: 25, totalSteps: 200 },
    ),
  ).toEqual({ peak: 1, init: 0, end: 0, warmupSteps: 25, totalSteps: 100 });
});

test('no length, and a warm-up that does not end within it, are refused', () => {
  expect(faultsOf(() => runLength({ batchSize: 4 }, 100))).toMatchObject([{ path: 'steps' }]);
  const late = () => runLength({ batchSize: 4, steps: 50, scheduleSteps: 3, warmup: { steps: 3 } }, 100);
  expect(faultsOf(late)).toMatchObject([{ path: 'warmup', received: '3 steps' }]);
});

test.each<[object, faults: object[]]>([
  [{ epochs: 3 }, [{ path: 'batchSize' }]],
  [{ batchSize: 8, steps: 5, epochs: 3 }, [{ path: 'steps' }]],
  [{ batchSize: 8, epoch: 3 }, [{ path: 'epoch', remedy: 'Did you mean epochs?' }]],
  [{ batchSize: 2.5, steps: 0 }, [{ path: 'batchSize' }, { path: 'steps' }]],
  [{ batchSize: 8, epochs: NaN }, [{ path: 'epochs' }]],
  [{ batchSize: 8, epochs: 3, warmup: 5 }, [{ path: 'warmup' }]],
  [{ batchSize: 8, epochs: 3, warmup: {} }, [{ path: 'warmup' }]],
  [{ batchSize: 8, epochs: 3, warmup: { share: 1.5 } }, [{ path: 'warmup.share' }]],
])('the length %j is refused', (options, faults) => {
  expect(faultsOf(() => runLength(options as never, 100))).toMatchObject(faults);
});

test('a length without its examples, and rates that are misspelt, missing or out of range, are refused', () => {
  const examples = undefined as never;
  expect(faultsOf(() => runLength({ epochs: 3, batchSize: 8 }, examples))).toMatchObject([
    { path: 'trainLength', received: 'nothing' },
  ]);
  const faultsOfRates = (options: object) =>
    faultsOf(() => scheduleOf(options as never, { warmupSteps: 0, totalSteps: 9 }));
  expect(faultsOfRates({ batchSize: 8, peakLearningRat: 1 })).toMatchObject([
    { path: 'peakLearningRat', remedy: 'Did you mean peakLearningRate?' },
    { path: 'peakLearningRate', received: 'nothing' },
  ]);
  expect(faultsOfRates({})).toMatchObject([{ path: 'batchSize' }, { path: 'peakLearningRate' }]);
  const rates = { batchSize: 8, peakLearningRate: 1 };
  expect(faultsOfRates({ ...rates, learningRatePer: 'step' })).toMatchObject([{ path: 'learningRatePer' }]);
  expect(faultsOfRates({ ...rates, endLearningRate: -1 })).toMatchObject([{ path: 'endLearningRate' }]);
});

test('rates that add up to too little are told, with the settings that help and are not set', () => {
  const warningOf = (change: object, totalSteps = 250) => {
    const rates = { peakLearningRate: 1.5e-4, batchSize: 64, ...change };
    const advice = { clipNorm: null, prefix: 'optimizer.', ...rates };
    const { clipNorm: _, ...given } = { clipNorm: null, ...rates };
    return tooLittleRate(advice, scheduleOf(given, { warmupSteps: 12, totalSteps }));
  };
  // A peak of 1.5e-4 * 64 / 256 = 3.75e-5: 250 * 3.75e-5 / 2 = .0047
  expect(warningOf({})).toMatch(
    /adds up to 0\.0047 over 250 steps: 0\.00015 for 256 examples is 0\.000037 for 64\./,
  );
  const enough = { peakLearningRate: 1e-3, learningRatePer: 'batch' };
  expect(warningOf(enough)).toBeUndefined(); // .125
  expect(leastSummedRate).toBeLessThan(0.125);
  const namesOf = (change: object) => warningOf({ ...enough, ...change }, 20)!.match(/optimizer\.\w+/g);
  expect(namesOf({ clipNorm: 1 })).toBeNull();
  expect(namesOf({})).toEqual(['optimizer.clipNorm']);
  expect(namesOf({ clipNorm: 1, peakLearningRate: 5e-4 })).toEqual(['optimizer.peakLearningRate']);
  const steps = Number(/for (\d+) steps and more/.exec(warningOf({})!)![1]);
  expect(warningOf({}, Math.ceil(steps * 1.05))).toBeUndefined();
});
