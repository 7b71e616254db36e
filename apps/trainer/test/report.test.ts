import { expect, test } from 'vitest';
import { escapeHtml, percent } from '../src/report/escape.js';
import { drawCurves } from '../src/report/charts.js';
import { reportPage } from '../src/report/page.js';
import { imageOf, viewsOf } from '../src/report/pictures.js';
import type { NeighbourResults, ProbeResults } from '../src/evaluation/types.js';
import type { ReportData } from '../src/report/types.js';

function share(value: number) {
  return { value, low: value - 0.1, high: value + 0.1, count: 100 };
}
const feature = (dimensions: number, value: number) => ({
  dimensions,
  validation: share(0.5),
  tests: { unseen: { top1: share(value), top5: share(0.8) } },
});
const common = {
  best: 'mean',
  chosenOn: 'validation',
  classes: 9,
  trainExamples: 500,
  tests: [{ key: 'unseen', name: 'unseen emoji', note: 'Never trained on.', length: 100, majority: 0.1 }],
  details: {
    unseen: {
      perClass: [
        { label: 0, name: '<cats>', recall: share(0.4), precision: 0.25, f1: 0.31 },
        { label: 1, name: 'dogs', recall: share(0.9), precision: 0.75, f1: 0.82 },
      ],
      confusion: [
        [0, 0, 40],
        [0, 1, 60],
        [1, 1, 90],
        [1, 0, 10],
      ],
    },
  },
} as const;
const versions = { m3ae: '1', node: '20', platform: 'linux x64', cpu: 'a cpu', onnxruntime: '1', tfjs: '4' };
const evaluated = (evaluation: string, results: unknown) => ({
  evaluation,
  run: { folder: 'runs/a', name: 'a', method: 'm3ae' as const, seed: 0, step: 30, weights: 'ab' },
  settings: {},
  results,
  seconds: 1,
  versions,
});
const probe: ProbeResults = {
  ...common,
  features: { mean: { ...feature(8, 0.4), strength: 1 }, pixels: { ...feature(12, 0.2), strength: 2 } },
};
const knn: NeighbourResults = {
  ...common,
  features: { mean: { ...feature(8, 0.4), neighbours: 1 }, pixels: { ...feature(12, 0.4), neighbours: 5 } },
};

const data: ReportData = {
  title: 'M3AE: <script>alert(1)</script>',
  subtitle: 'a & b',
  method: 'M3AE',
  inline: (name) => `data:image/png;base64,${name}`,
  scheduled: [],
  headline: [{ label: 'Linear accuracy', value: '40.0 %', note: 'raw pixels 30.0 %' }],
  metrics: Array.from({ length: 30 }, (_, i) => ({ step: i + 1, loss: 1 / (i + 1), textAccuracy: i / 30 })),
  validation: [
    { step: 15, loss: 0.2 },
    { step: 30, loss: 0.1 },
  ],
  gallery: {
    imageMaskRatio: 0.75,
    textMaskRatio: 0.5,
    side: 48,
    textAccuracy: [{ input: 'paired', part: 'unseen emoji', share: 0.5 }],
    items: [
      {
        input: 'paired',
        part: 'unseen emoji',
        source: 'noto 1f408 (cat)',
        caption: 'a "cat"',
        original: 'data:image/png;base64,AA==',
        hidden: 'data:image/png;base64,AA==',
        rebuilt: 'data:image/png;base64,AA==',
        error: 0.25,
        pieces: [
          { piece: 'cat', hidden: false, guesses: [] },
          { piece: 'face', hidden: true, guesses: [{ piece: 'face', probability: 0.9 }] },
          {
            piece: 'pet',
            hidden: true,
            guesses: [
              { piece: 'animal', probability: 0.3 },
              { piece: 'pet', probability: 0.2 },
            ],
          },
        ],
      },
    ],
  },
  evaluations: { probe: evaluated('probe', probe), knn: evaluated('knn', knn) },
  evaluationNote: null,
  parts: [{ name: 'training', length: 5991, note: 'What the model learns from.' }],
  licences: [{ name: 'Noto Emoji', author: 'Google Inc', licence: 'Apache 2.0' }],
  skippedFiles: [{ place: 'broken.jpg', reason: 'it is truncated' }],
  skippedCount: 3,
  config: { seed: 0 },
  versions,
};

test('the page holds all of it, escapes what it shows, and fetches and runs nothing', async () => {
  const page = await reportPage(data);
  expect(page).toContain('M3AE: &lt;script&gt;alert(1)&lt;/script&gt;');
  expect(page).not.toMatch(/<script|<link|@import|url\(/);
  expect(
    [...page.matchAll(/\s(?:src|href)="([^"]*)"/g)].every(([, address]) => address!.startsWith('data:')),
  ).toBe(true);
  expect(page.match(/<img /g)).toHaveLength(3);
  expect(page.match(/ alt="[^"]+"/g)).toHaveLength(3);
  expect(page.match(/<svg /g)).toHaveLength(3); // two curves and a confusion matrix
  expect(page).toContain('<b>animal</b> <del>pet</del>');
  expect(page).toContain('class="hidden right"');
  for (const text of [
    '40.0 %',
    '5,991',
    'broken.jpg: it is truncated',
    'and 2 more',
    'It was right with 50.0 % of them on unseen emoji.',
    'unseen emoji: noto 1f408 (cat)',
    '&lt;cats&gt; named dogs: 60 (60.0 %)',
    '<td>dogs (60)</td>',
    'M3AE encoder, mean of the patch tokens',
    'Noto Emoji',
    'onnxruntime: 1',
    '&quot;seed&quot;: 0',
  ]) {
    expect(page).toContain(text);
  }
});

test('the best of a column is marked', async () => {
  const page = await reportPage(data);
  expect(page).toContain('<td class="number best">40.0 %<small>30.0 % – 50.0 %</small></td>');
  expect(page).toContain('<td class="number">20.0 %');
});

test('without an evaluation the page says why', async () => {
  const page = await reportPage({
    ...data,
    evaluations: {},
    gallery: null,
    evaluationNote: 'The pictures have no classes.',
  });
  expect(page).toContain('The pictures have no classes.');
  expect(page).not.toContain('<img ');
});

test('curves are drawn without a browser and described in words', async () => {
  const [loss, accuracy] = await drawCurves(data.metrics, data.validation);
  expect(loss!.summary).toBe('Loss: from 1 at step 1 to 0.0333 at step 30.');
  expect(accuracy!.title).toBe('Text: hidden word pieces guessed right');
  expect(loss!.svg.startsWith('<svg')).toBe(true);
  expect(await drawCurves([{ step: 1, loss: 1 }], [])).toEqual([]); // one point is no curve
});

test('the composite takes visible patches from the picture and hidden ones from the prediction', () => {
  const layout = {
    size: 4,
    patchSize: 2,
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
    normalizeTargets: false,
  };
  const original = new Float32Array(4 * 12).fill(1);
  const prediction = new Float32Array(4 * 12).fill(-1);
  const { rebuilt, hidden, error } = viewsOf(original, prediction, [0, 1, 0, 1], layout);
  expect(error).toBeCloseTo(4); // (1 - -1)², over the hidden patches alone
  expect([...rebuilt.subarray(0, 12)]).toEqual(new Array(12).fill(1));
  expect([...rebuilt.subarray(12, 24)]).toEqual(new Array(12).fill(-1));
  expect([...hidden.subarray(24, 36)]).toEqual(new Array(12).fill(1));
  const image = imageOf(rebuilt, layout);
  // Pixel (0, 0): 1 * .25 + .5 = .75; pixel (0, 2) lies in patch 1: -1 * .25 + .5 = .25.
  expect([image.data[0], image.data[6]]).toEqual([191, 64]);
});

test('with targets normalised by patch the prediction is brought back to the patch', () => {
  const layout = { size: 2, patchSize: 2, mean: [0, 0, 0], std: [1, 1, 1], normalizeTargets: true };
  const original = Float32Array.from({ length: 12 }, (_, i) => i);
  // Mean 5.5, unbiased variance 13; a perfect prediction is (x - 5.5) / sqrt(13 + 1e-6).
  const prediction = original.map((value) => (value - 5.5) / Math.sqrt(13 + 1e-6));
  const { rebuilt, error } = viewsOf(original, prediction, [1], layout);
  expect(error).toBeLessThan(1e-10);
  rebuilt.forEach((value, i) => expect(value).toBeCloseTo(i, 4));
});

test('small things', () => {
  expect(escapeHtml(`<a b="c">&'`)).toBe('&lt;a b=&quot;c&quot;&gt;&amp;&#39;');
  expect(percent(0.4567)).toBe('45.7 %');
});
