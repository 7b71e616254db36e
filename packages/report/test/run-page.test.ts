import { expect, test } from 'vitest';
import { runPage } from '../src/index.js';
import { runReport as data } from './support/run-report.js';

test('the page holds all of it, escapes what it shows, and fetches and runs nothing', async () => {
  const page = await runPage(data);
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
  const page = await runPage(data);
  expect(page).toContain(
    '<td data-column="unseen emoji" class="number best">40.0 %<small>30.0 % – 50.0 %</small></td>',
  );
  expect(page).toContain('<td data-column="unseen emoji" class="number">20.0 %');
});

test('without an evaluation the page says why', async () => {
  const page = await runPage({
    ...data,
    evaluations: {},
    gallery: null,
    evaluationNote: 'The pictures have no classes.',
  });
  expect(page).toContain('The pictures have no classes.');
  expect(page).not.toContain('<img ');
});

test("sections of one's own stand after those of the evaluations", async () => {
  const page = await runPage({ ...data, sections: ['<section id="mine">mine</section>'] });
  const order = ['<h2 id="evaluation">', 'id="mine"', '<h2 id="curves">'].map((text) => page.indexOf(text));
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(Math.min(...order)).toBeGreaterThan(0);
});
