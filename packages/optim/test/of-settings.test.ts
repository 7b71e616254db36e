import { expect, test } from 'vitest';
import { lengthOf, optimizerOf, ratesOf, type ScheduleSettings } from '../src/index.js';

const settings: ScheduleSettings = {
  train: { batchSize: 128, epochs: 10 },
  optimizer: {
    kind: 'adamW',
    peakLearningRate: 0.1,
    endLearningRate: 0.01,
    warmup: { share: 0.1 },
    decay: 'reference',
  },
};

test('length and rates are those of both sections', () => {
  // 1000 examples are 7 batches of 128; a tenth of 70 steps is 7.
  expect(lengthOf(settings, 1000)).toEqual({ stepsPerEpoch: 7, totalSteps: 70, warmupSteps: 7 });
  // Half of 256 examples has half the rate.
  expect(ratesOf(settings, 1000)).toEqual({
    peak: 0.05,
    init: 0,
    end: 0.005,
    warmupSteps: 7,
    totalSteps: 70,
  });
  const { optimizer } = settings;
  const fixed = {
    ...settings,
    optimizer: { ...optimizer, scheduleSteps: 40, learningRatePer: 'batch' },
  } as const;
  expect(ratesOf(fixed, 1000)).toMatchObject({ peak: 0.1, warmupSteps: 4, totalSteps: 40 });
});

test('faults are those of the section', () => {
  const { train, optimizer } = settings;
  const long = { train, optimizer: { ...optimizer, warmup: { steps: 70 } } };
  expect(() => lengthOf(long, 1000)).toThrow('optimizer.warmup');
  const layered = { train, optimizer: { ...optimizer, layerDecay: 2 } };
  expect(() => optimizerOf(layered, { decays: () => true }, 12)).toThrow('optimizer.layerDecay');
});

test('which parameters decay is for the task to say', () => {
  const asked: string[] = [];
  const decays = (path: string) => (asked.push(path), true);
  expect(optimizerOf(settings, { decays }, 12)).toHaveProperty('init');
  expect(asked).toEqual([]); // not before there are parameters
});
