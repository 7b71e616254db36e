import { expect, test } from 'vitest';
import { refuseDifferences } from '../src/run/config-difference.js';

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
