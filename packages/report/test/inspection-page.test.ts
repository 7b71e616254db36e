import type { Inspection } from '@m3ae/prepare';
import { expect, test } from 'vitest';
import { inspectionPage } from '../src/index.js';

const inspection: Inspection = {
  sources: [{ name: 'folder/<photos>', length: 3 }],
  examples: 3,
  notes: ['folder/<photos>: one note'],
  pictures: {
    read: 2,
    shorterSides: { edges: [0, 32, 64, 128], counts: [0, 1, 1, 0] },
    aspects: { edges: [0, 1, 4 / 3], counts: [1, 0, 1] },
    channels: { mean: [0.5, 0.25, 0.125], std: [0.1, 0.2, 0.3] },
    unreadable: { count: 70, first: [{ place: 'a&b.png', detail: 'it is <damaged>' }] },
    duplicates: { count: 0, first: [] },
  },
  captions: { count: 2, missing: 1, words: { edges: [0, 1, 2, 3, 5], counts: [0, 0, 1, 1, 0] } },
  classes: [],
  samples: [{ place: 'x.png', captions: ['a "quoted" caption'], image: 'data:image/jpeg;base64,AA==' }],
};

test('holds every figure, escaped, and needs no other file', () => {
  const page = inspectionPage(inspection);
  expect(page).not.toMatch(/<photos>|<damaged>|"quoted"/);
  expect(page).toContain('it is &lt;damaged&gt;');
  expect(page).toContain('and 69 more');
  for (const name of ['32 to 63', '64 to 127', '3 to 4', '1.33 or more'])
    expect(page).toContain(`<dt>${name}</dt>`);
  expect(page).not.toContain('<dt>128 or more</dt>'); // empty ends are cut off
  const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
  expect(addresses.every((address) => address!.startsWith('data:'))).toBe(true);
  expect(page).not.toContain('<script');
});
