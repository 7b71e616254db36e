import { expect, test } from 'vitest';
import { withSettings } from '../src/index.js';

test('settings are those of every source', () => {
  const { specs, settings } = withSettings(
    ['folder:photos', 'csv:captions.csv', 'photos'],
    ['data.source.captions=none', 'data.source.labels="subfolder"'],
  );
  expect(settings).toEqual({ captions: 'none', labels: 'subfolder' });
  expect(specs).toEqual([
    { kind: 'folder', path: 'photos', captions: 'none', labels: 'subfolder' },
    { kind: 'table', path: 'captions.csv', captions: 'none', labels: 'subfolder' },
    'photos', // refused by whoever opens it
  ]);
  expect(withSettings(['folder:photos'], [])).toEqual({ specs: ['folder:photos'], settings: {} });
});

test('a setting of anything else is refused', () => {
  expect(() => withSettings(['folder:photos'], ['train.steps=1'])).toThrow(
    '--set must be a setting of the source, data.source.…; received train.steps.',
  );
});
