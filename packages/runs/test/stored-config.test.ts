import { expect, test } from 'vitest';
import { fromEarlier, inTodaysWords, withSourceSettings } from '../src/index.js';

const source = { kind: 'folder', path: 'photos' };
const stored = { method: 'mae', data: { workers: 0, source } };

test('a stored source has settings that came after it, and keeps those that it has', () => {
  expect(withSourceSettings(stored, ['folder'], { layout: 'none' })).toEqual({
    method: 'mae',
    data: { workers: 0, source: { ...source, layout: 'none' } },
  });
  const named = { data: { source: { ...source, layout: 'auto' } } };
  expect(withSourceSettings(named, ['folder'], { layout: 'none' })).toBe(named);
  const drawn = { data: { source: { kind: 'emoji' } } };
  expect(withSourceSettings(drawn, ['folder'], { layout: 'none' })).toBe(drawn);
  expect(withSourceSettings({}, ['folder'], { layout: 'none' })).toEqual({});
});

test('a stored config keeps its folder, its engine and its own optimizer', () => {
  const optimizer = { kind: 'sgd', b1: 0.9, b2: 0.95, epsilon: 1e-8, momentum: 0.9, clipNorm: 1 };
  const { data, ...rest } = fromEarlier({ ...stored, optimizer, train: { engine: 'eager:cpu' } });
  expect(data.source).toEqual({ ...source, layout: 'none', examples: 'captions' });
  expect(rest).toEqual({
    method: 'mae',
    optimizer: { kind: 'sgd', momentum: 0.9, clipNorm: 1 },
    train: { engine: 'eager', backend: 'cpu' },
  });
  expect(fromEarlier(undefined)).toBeUndefined();
});

test('earlier words for a number of neighbors are those of today', () => {
  expect(inTodaysWords({ neighbours: [1, 5], best: 'neighbourDistance' })).toEqual({
    neighbors: [1, 5],
    best: 'neighborDistance',
  });
});
