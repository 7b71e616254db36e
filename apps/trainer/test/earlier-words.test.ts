import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inTodaysWords } from '@m3ae/runs';
import { resolveConfig } from '../src/config/resolve.js';

const parts = new URL('../../../studies/emoji/parts/', import.meta.url);

test.each(readdirSync(parts).filter((name) => /\.(ood|knn)\./.test(name)))(
  'the record %s, written with the earlier spelling, is read in that of today',
  (name) => {
    const text = readFileSync(new URL(name, parts), 'utf8');
    const { figures } = JSON.parse(text) as { figures: unknown };
    expect(JSON.stringify(figures)).toContain('neighbour');
    expect(JSON.stringify(inTodaysWords(figures))).toBe(
      JSON.stringify(figures)
        .replaceAll('neighbour', 'neighbor')
        .replaceAll(/"strengths?"/g, '"l2"'),
    );
  },
);

test('a set of pictures may have the name of the word', () => {
  const sets = { neighbours: { energy: { auroc: 0.5 } } };
  expect(inTodaysWords({ neighbours: 50, sets })).toEqual({ neighbors: 50, sets });
});

test('a config of an earlier version means the same', () => {
  const config = {
    data: { source: { kind: 'emoji' } },
    model: { size: 'small' },
    train: { steps: 10 },
    evaluation: { neighbours: [1, 3], strengths: [0.1] },
  };
  expect(resolveConfig(config).evaluation).toMatchObject({ neighbors: [1, 3], l2: [0.1] });
  expect(resolveConfig(config)).toEqual(
    resolveConfig({ ...config, evaluation: { neighbors: [1, 3], l2: [0.1] } }),
  );
});
