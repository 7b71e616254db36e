import { expect, test } from 'vitest';
import {
  columnHeads,
  escapeHtml,
  foldedHtml,
  headWithNote,
  listingHtml,
  numberCell,
  pageHtml,
  percent,
  sectionHtml,
  shareCell,
  tableHtml,
  wordCell,
} from '../src/index.js';

const evil = `<script>alert("&'")</script>`;

test('whatever text comes is shown and never run', () => {
  const table = tableHtml(
    evil,
    [{ lines: [evil, evil], name: evil }],
    [{ head: headWithNote(evil, evil), cells: [wordCell(evil)] }],
  );
  const page = pageHtml({
    title: evil,
    subtitle: evil,
    headline: [{ label: evil, value: evil, note: evil }],
    sections: [sectionHtml('a"b', evil, table, foldedHtml(evil, listingHtml({ evil })))],
  });
  expect(page).not.toContain('<script');
  expect(page).not.toMatch(/<link|@import|url\(| (src|href)=/);
  expect(page).toContain('id="a&quot;b"');
  expect(page.split(escapeHtml(evil)).length - 1).toBe(15); // every place; in JSON its quotes are escaped once more
});

test('a page has its parts in order, and nothing for those that are empty', () => {
  const page = pageHtml({ title: 'T', sections: ['<p>1</p>', '', '<p>2</p>'], styles: 'p { margin: 0; }' });
  expect(page).toMatch(/^<!doctype html>/);
  expect(page).toContain('<p>1</p>\n<p>2</p>');
  expect(page).toMatch(/p { margin: 0; }<\/style>/);
  expect(page).not.toContain('<dl');
  expect(sectionHtml('id', 'Heading', '', 'text')).toBe(
    '<section aria-labelledby="id"><h2 id="id">Heading</h2>\ntext</section>',
  );
});

test('cells say their column, which is best, and what is a number', () => {
  const share = { ...shareCell({ value: 0.4, low: 0.3, high: 0.5 }, ['chance 10 %']), best: true };
  const rows = [{ head: 'ours', cells: [share, numberCell('7'), wordCell('x')], kind: 'learned' }];
  const table = tableHtml(
    'Model',
    [...columnHeads(['right', 'count']), ...columnHeads(['why'], { words: true })],
    rows,
  );
  for (const text of [
    '<th scope="col">Model</th><th scope="col" class="number">right</th>',
    '<th scope="col">why</th>',
    '<tr class="learned"><th scope="row">ours</th>',
    '<td data-column="right" class="number best">40.0 %<small>30.0 % – 50.0 %<br>chance 10 %</small></td>',
    '<td data-column="count" class="number">7</td><td data-column="why">x</td>',
  ]) {
    expect(table).toContain(text);
  }
});

test('small things', () => {
  expect(escapeHtml(`<a b="c">&'`)).toBe('&lt;a b=&quot;c&quot;&gt;&amp;&#39;');
  expect(percent(0.4567)).toBe('45.7 %');
});
