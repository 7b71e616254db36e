import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolveConfig } from '../src/config/resolve.js';
import { settingRules } from '../src/run/rules.js';

const facts = { vocabSize: 100, trainLength: 640, fingerprints: {}, mean: [], std: [] };

const configOf = (steps: number, optimizer: object) =>
  resolveConfig({
    data: { source: { kind: 'emoji' } },
    model: { size: 'small' },
    train: { steps, batchSize: 64 },
    optimizer: { learningRatePer: 'batch', ...optimizer },
  });

const may = (before: number, now: number, optimizer: object, done = before) =>
  settingRules.mayChangeLength(configOf(before, optimizer), configOf(now, optimizer), facts, done);

const constant = { peakLearningRate: 1e-3, endLearningRate: 1e-3, warmup: { steps: 10 } };

test.each([
  ['a constant rate after a warm-up in steps', constant, true],
  ['a constant rate, but a warm-up by share of the length', { ...constant, warmup: { share: 0.1 } }, false],
  ['a constant rate from the first step on', { ...constant, warmup: { steps: 0 } }, true],
  ['a rate that falls over the length', { warmup: { steps: 10 } }, false],
  ['a rate that falls over a declared length', { scheduleSteps: 200 }, true],
  ['a rate that falls over a declared length that is over', { scheduleSteps: 60 }, true],
])('a run of 100 steps goes on to 150 with %s: %s', (_, optimizer, expected) => {
  expect(may(100, 150, optimizer)).toBe(expected);
});

test('no run gets shorter than it is', () => {
  expect(may(100, 80, constant, 100)).toBe(false);
  expect(may(100, 80, constant, 60)).toBe(true);
});

test('while the rate rises, the length is free: the cosine has not begun', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 60, max: 400 }), (done, length) => {
      expect(may(100, length, { warmup: { steps: 50 } }, done)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

const written = { data: { source: { kind: 'emoji' } }, model: { size: 'small' }, train: { steps: 5 } };

test('a config of before some settings existed gets their defaults; what differs stays different', () => {
  const now = resolveConfig(written);
  const { dropText: _dropText, ...data } = now.data;
  const { layerDecay: _layerDecay, ...optimizer } = now.optimizer;
  const earlier = { ...now, data, optimizer } as unknown as typeof now; // as a file of that time holds it
  expect(settingRules.upgrade(earlier)).toEqual(now);
  const changed = resolveConfig({ ...written, data: { ...written.data, dropText: 0.5 } });
  expect(settingRules.upgrade(earlier)).not.toEqual(changed);
});

test('a stored config that the rules of today refuse is compared as it is', () => {
  const earlier = { ...resolveConfig(written), forgotten: 1 };
  expect(settingRules.upgrade(earlier)).toEqual(earlier);
});

test('a folder without a layout gets that of the config that goes on', () => {
  const folder = { ...written, data: { source: { kind: 'folder', path: 'photos', layout: 'none' } } };
  const now = resolveConfig(folder);
  const { layout: _layout, ...source } = now.data.source as unknown as Record<string, unknown>;
  const earlier = { ...now, data: { ...now.data, source } } as unknown as typeof now;
  expect(settingRules.upgrade(earlier, now)).toEqual(now);
});
