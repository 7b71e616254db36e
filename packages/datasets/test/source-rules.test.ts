import { examine, kinds } from '@m3ae/errors/rules';
import { expect, test } from 'vitest';
import { pictureSourceRules, textSourceRules } from '../src/index.js';

const read = (sources: typeof pictureSourceRules | typeof textSourceRules, value: unknown) =>
  examine(kinds('kind', sources, { rule: 'a source', remedy: 'Name one.' }), value, { path: 'data.source' });

test('what comes out has every option, and the share that is kept apart', () => {
  expect(
    read(pictureSourceRules, { kind: 'table', path: 'x.csv', validationShare: 0.2 }).value,
  ).toMatchObject({
    kind: 'table',
    path: 'x.csv',
    validationShare: 0.2,
    maxPixels: expect.any(Number),
  });
  const { value } = read(pictureSourceRules, { kind: 'folder', path: 'photos' });
  expect(value).toMatchObject({ layout: 'auto', validationShare: 0.1 });
  expect(value).not.toHaveProperty('split');
  expect(read(textSourceRules, { kind: 'text', path: 'a.txt' }).faults).toEqual([]);
});

test.each([
  [pictureSourceRules, { kind: 'folder', path: 'photos', split: 'test' }, ['split']],
  [pictureSourceRules, { kind: 'idx', validationShare: 2 }, ['validationShare', 'images']],
  [pictureSourceRules, { kind: 'module', module: '', options: 3 }, ['module', 'options']],
  [textSourceRules, { kind: 'module', module: 'm', validationShare: 0.1 }, ['validationShare']],
] as const)('%# all faults are told by their places', (sources, value, names) => {
  const { faults } = read(sources, value);
  expect(faults.map(({ path }) => path).sort()).toEqual(names.map((name) => `data.source.${name}`).sort());
});
