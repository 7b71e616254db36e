import { createDataset, wholeSplit } from '@m3ae/datasets';
import { expect, test } from 'vitest';
import { classCounts, classLines, duplicateLines } from '../src/index.js';
import { drawExamples } from '../src/sheet.js';

function splitOf(title: string, labels: readonly number[], classes: number) {
  const dataset = createDataset(
    {
      name: title,
      kind: 'paired',
      length: labels.length,
      fingerprint: '',
      labels: Int32Array.from(labels),
      classNames: Array.from({ length: classes }, (_, at) => `class ${at}`),
      notes: [],
    },
    {
      caption: (index) => (index === 0 ? '' : `caption ${index}`),
      image: () => Promise.reject(new Error('not read')),
      describe: (index) => `${title}/${index}.png`,
    },
  );
  return wholeSplit(dataset, { name: title, title, note: '' });
}

test('pictures of each class are counted in each split', () => {
  const splits = [splitOf('training', [0, 1, 1, 2], 4), splitOf('test', [3, 1], 4)];
  expect(classCounts(splits).map(({ counts }) => counts)).toEqual([
    [1, 0],
    [2, 1],
    [1, 0],
    [0, 1],
  ]);
  const lines = classLines(splits);
  expect(lines).toHaveLength(1 + 1 + 4 + 1);
  expect(lines.at(-1)).toMatch(/never named: class 3$/);
  expect(classLines([splitOf('training', [0, 1], 30)])).toHaveLength(1 + 1 + 20 + 1 + 1);
  expect(classLines([])).toEqual([]);
});

test('duplicates are told once, and more of those in several parts', () => {
  const at = (part: string, place: string) => ({ part, place });
  expect(duplicateLines([])).toEqual([]);
  const within = [at('train', 'a'), at('train', 'b'), at('train', 'c')];
  expect(duplicateLines([within])).toEqual([
    expect.stringMatching(/^Duplicates: 2 pictures have.*a = b \(and 1 more\)$/),
  ]);
  const across = [at('train', 'a'), at('train', 'b'), at('test', 'c')];
  expect(duplicateLines([across])).toEqual([
    expect.stringContaining('a = c'),
    expect.stringMatching(/^ {2}1 of these pictures is in more than one part.*a = c/),
  ]);
});

test('examples are drawn as the loader gives them, others in place of those that cannot be read', async () => {
  const split = splitOf(
    'training',
    Array.from({ length: 100 }, (_, at) => at % 2),
    2,
  );
  const layout = { size: 2, patchSize: 1, mean: [0, 0, 0], std: [1, 1, 1], normalizeTargets: false };
  const asked: number[] = [];
  const loader = {
    async load({ indices, step }: { step: number; indices: Int32Array }) {
      asked.push(...indices);
      const data = new Float32Array(indices.length * 12).fill(0.5);
      const patches = { data, shape: [indices.length, 4, 3], dtype: 'float32' as const };
      return { step, indices: Int32Array.from(indices, (index) => (index === 0 ? 7 : index)), patches };
    },
  };
  const { samples, png } = await drawExamples(split, { loader, layout, captions: true });
  expect([asked.length, asked[0], asked.at(-1)]).toEqual([64, 0, 98]);
  expect(samples[0]).toEqual({ place: 'training/7.png', caption: 'caption 7', label: 'class 1' });
  expect([...png.subarray(1, 4)]).toEqual([...'PNG'].map((letter) => letter.charCodeAt(0)));
});
