import type { OutlierResults } from '@m3ae/evaluation/outliers';
import type { RetrievalResults } from '@m3ae/evaluation/retrieval';
import type { AttentionResults } from '@m3ae/evaluation/attention';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPage } from '../src/index.js';
import { layoutFaults, missing, openBrowser } from './support/layout.js';
import { runReport, share } from './support/run-report.js';

const picture = 'data:image/png;base64,AA==';
const pointing = {
  words: 100,
  accuracy: share(0.4),
  chance: 0.2,
  control: share(0.3),
  inside: share(0.3),
  chanceInside: 0.2,
  controlInside: null,
};
const attention = {
  map: { name: 'block 0, head 0, patches to words' },
  parts: { test: { title: 'scenes of unseen emoji', best: pointing, last: pointing } },
  layers: [],
  pointing,
  pictures: [0, 2, 3, 4, 7].map((words) => ({
    source: 'a scene',
    caption: 'cat and dog',
    file: picture,
    words: Array.from({ length: words }, (_, at) => ({ text: `word ${at}`, file: picture })),
    patch: { file: picture, words: [{ text: 'cat', shade: 1 }] },
  })),
} as unknown as AttentionResults;

const recall = { r1: share(0.1), r5: share(0.3), r10: share(0.5) };
const retrieval = {
  by: 'cosine',
  parts: {
    test: {
      title: 'unseen emoji',
      pictures: 60,
      captions: 54,
      imageToText: recall,
      textToImage: recall,
      chance: { imageToText: recall, textToImage: recall },
    },
  },
} as unknown as RetrievalResults;

const sets = ['flag emoji', 'OpenMoji', 'logos', 'circular flags'];
const score = { auroc: 0.6, low: 0.5, high: 0.7, aupr: 0.4, fpr95: 0.9 };
const outliers = {
  scores: ['relativeMahalanobis', 'neighborDistance'],
  inDistribution: [{ key: 'test', name: 'unseen emoji', length: 894 }],
  outliers: sets.map((name) => ({ key: name, name, note: 'Others.', length: 100 })),
  classifier: { kind: 'head' },
  features: 'mean',
  sets: Object.fromEntries(
    sets.map((name) => [name, { relativeMahalanobis: score, neighborDistance: score }]),
  ),
  byTest: {},
} as unknown as OutlierResults;

/** Every section whose table is wider than two columns, and words without a place to break. */
const widePage = () =>
  runPage({
    ...runReport,
    title: 'M3AE: a-long-name-of-a-folder-without-a-place-to-break-it-2026',
    commands: [{ ...runReport.commands[0]!, command: `m3ae pretrain ${'x'.repeat(200)}` }],
    skipped: [`${'y'.repeat(120)}.jpg: it is truncated`],
    evaluations: {
      ...runReport.evaluations,
      attention,
      retrieve: retrieval,
      ood: outliers,
    },
  });

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

test.for([390, 1280])(
  'the page of a run at %i px: nothing is cut off, first columns hold words',
  async (width, { skip }) => {
    skip(missing !== '', missing);
    expect(await layoutFaults(browser!, await widePage(), width)).toEqual([]);
  },
);
