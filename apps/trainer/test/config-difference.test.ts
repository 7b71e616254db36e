import { expect, test } from 'vitest';
import { resolveConfig } from '../src/config/resolve.js';
import { refuseDifferences, withNewDefaults } from '../src/run/config-difference.js';

const before = { seed: 0, image: { size: 48 }, log: { everySteps: 10 }, data: { workers: 1 } };

test('equal configs pass', () => {
  expect(() => refuseDifferences(before, structuredClone(before), false)).not.toThrow();
});

test('every differing field is told with both values', () => {
  const now = { seed: 1, image: { size: 64 }, log: { everySteps: 1 }, data: { workers: 1 } };
  expect(() => refuseDifferences(before, now, false)).toThrow(
    'seed must be as the run began, 0; received 1. Set it back, or start another run with --out.\n' +
      'image.size must be as the run began, 48; received 64. Set it back, or start another run with --out.\n' +
      'log.everySteps must be as the run began, 10; received 1. Set it back, or pass --allow-config-change.',
  );
});

test('harmless fields pass with --allow-config-change, others do not', () => {
  const harmless = { ...before, log: { everySteps: 1 }, data: { workers: 3 } };
  expect(() => refuseDifferences(before, harmless, true)).not.toThrow();
  expect(() => refuseDifferences(before, { ...harmless, seed: 2 }, true)).toThrow(
    /^seed must be as the run began, 0; received 2\.[^\n]*$/,
  );
});

const written = { data: { source: { kind: 'emoji' } }, model: { size: 'small' }, train: { steps: 5 } };

test('a config of before some settings existed gets their defaults; what differs is refused all the same', () => {
  const now = resolveConfig(written);
  const { dropText: _dropText, ...data } = now.data;
  const { layerDecay: _layerDecay, ...optimizer } = now.optimizer;
  const earlier = { ...now, data, optimizer };
  expect(() => refuseDifferences(earlier, now, false)).toThrow('data.dropText');
  expect(() => refuseDifferences(withNewDefaults(earlier), now, false)).not.toThrow();
  const changed = resolveConfig({ ...written, data: { ...written.data, dropText: 0.5 } });
  expect(() => refuseDifferences(withNewDefaults(earlier), changed, false)).toThrow(
    'data.dropText must be as the run began, 0; received 0.5.',
  );
});

test('a stored config that the rules of today refuse is compared as it is', () => {
  const now = resolveConfig(written);
  const earlier = { ...now, forgotten: 1 };
  expect(() => refuseDifferences(withNewDefaults(earlier), now, false)).toThrow(
    'forgotten must be as the run began, 1; received nothing.',
  );
});
