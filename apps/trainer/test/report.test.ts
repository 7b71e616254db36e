import { expect, test } from 'vitest';
import { reportPage } from '../src/report/page.js';
import { imageOf, viewsOf } from '../src/report/pictures.js';
import { reportFixture as data } from './support/report-fixture.js';

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
    '2026-01-31 12:00:00 UTC, commit abc+, in /home/ada:',
    'm3ae pretrain &#39;my run.ts&#39;',
    'and 2 more',
    'It was right with 50.0 % of them on unseen emoji.',
    'unseen emoji: noto 1f408 (cat)',
    '&lt;cats&gt; named dogs: 60 (60.0 %)',
    '>dogs (60)</td>',
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
  expect(page).toContain(
    '<td data-column="unseen emoji" class="number best">40.0 %<small>30.0 % – 50.0 %</small></td>',
  );
  expect(page).toContain('<td data-column="unseen emoji" class="number">20.0 %');
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
