import { expect, test } from 'vitest';
import { estimateMemory, modelOf, parameterCount } from '@m3ae/tasks';
import { resolveConfig } from '../src/config/resolve.js';
import { lengthOf } from '@m3ae/optim';
import { stepConfig } from '../src/run/step-config.js';

const source = { kind: 'folder', path: 'pictures' } as const;
const paper = resolveConfig({
  data: { source },
  model: { size: 'small' },
  optimizer: { warmup: { epochs: 5 } },
  train: { epochs: 100, batchSize: 4096, accumulate: 256 },
});

test('steps of the paper on CC12M, as the specification works them out', () => {
  expect(lengthOf(paper, 10_968_539)).toEqual({
    stepsPerEpoch: 2677,
    totalSteps: 267_700,
    warmupSteps: 13_385,
  });
});

test('a warm-up longer than the run is refused under its path', () => {
  const short = resolveConfig({
    data: { source },
    model: { size: 'small' },
    optimizer: { warmup: { steps: 3 } },
    train: { steps: 2 },
  });
  expect(() => lengthOf(short, 100)).toThrow(/^optimizer.warmup must be .* 2 steps .* received 3 steps/);
});

test('the learning rate counts per 256 examples, or as it stands', () => {
  const { schedule } = stepConfig(paper, { vocabSize: 30_522, trainLength: 10_968_539 });
  expect(schedule.peak).toBeCloseTo(2.4e-3, 12);
  const plain = resolveConfig({
    data: { source },
    model: { size: 'small' },
    optimizer: { peakLearningRate: 1e-3, learningRatePer: 'batch', warmup: { share: 0.1 } },
    train: { steps: 2000 },
  });
  const facts = { vocabSize: 100, trainLength: 5991 };
  expect(stepConfig(plain, facts).schedule).toMatchObject({
    peak: 1e-3,
    warmupSteps: 200,
    totalSteps: 2000,
  });
});

// Parameters: specification, table of sizes.
test('the paper ViT-S has 74,782,266 parameters', () => {
  expect(parameterCount(paper.method, modelOf(paper, { vocabSize: 30_522 }))).toBe(74_782_266);
});

test('the memory estimate is near what a bench of ViT-S at batch 4 needs', () => {
  const bench = resolveConfig({
    data: { source },
    model: { size: 'small' },
    train: { steps: 1, batchSize: 4 },
  });
  const model = modelOf(bench, { vocabSize: 30_522 });
  const gigabytes = estimateMemory(bench, model, { parameters: parameterCount(bench.method, model) }) / 1e9;
  expect(gigabytes).toBeGreaterThan(1.5);
  expect(gigabytes).toBeLessThan(4);
});
