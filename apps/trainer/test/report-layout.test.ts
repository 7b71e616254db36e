import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { planStudy, readRecords } from '@m3ae/study';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AttentionResults } from '../src/evaluation/attention.js';
import type { OutlierResults } from '../src/evaluation/outliers.js';
import type { RetrievalResults } from '../src/evaluation/retrieval.js';
import { reportPage } from '../src/report/page.js';
import { drawPlots } from '../../../packages/study/src/draw-plots.js';
import { studyPage } from '../../../packages/study/src/page.js';
import { studyResults } from '../../../packages/study/src/results.js';
import { m3aeExperiment } from '../src/study/experiment.js';
import { loadStudy } from '../src/study/load.js';
import { evaluated, reportFixture, share } from './support/report-fixture.js';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const missing = existsSync(executablePath) ? '' : `there is no ${executablePath}; set CHROMIUM to a Chromium`;

/** Letters that the first column holds in a line, at least. */
const fewestLetters = 18;

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
  scores: ['relativeMahalanobis', 'neighbourDistance'],
  inDistribution: [{ key: 'test', name: 'unseen emoji', length: 894 }],
  outliers: sets.map((name) => ({ key: name, name, note: 'Others.', length: 100 })),
  classifier: { kind: 'head' },
  features: 'mean',
  sets: Object.fromEntries(
    sets.map((name) => [name, { relativeMahalanobis: score, neighbourDistance: score }]),
  ),
  byTest: {},
} as unknown as OutlierResults;

/** Every section whose table is wider than two columns, and words without a place to break. */
const runPage = () =>
  reportPage({
    ...reportFixture,
    title: 'M3AE: a-long-name-of-a-folder-without-a-place-to-break-it-2026',
    commands: [{ ...reportFixture.commands[0]!, command: `m3ae pretrain ${'x'.repeat(200)}` }],
    skippedFiles: [{ place: `${'y'.repeat(120)}.jpg`, reason: 'it is truncated' }],
    evaluations: {
      ...reportFixture.evaluations,
      attention: evaluated('attention', attention),
      retrieve: evaluated('retrieve', retrieval),
      ood: evaluated('ood', outliers),
    },
  });

/** The committed study: tables of two to six columns beside the paper's, claims, plots. */
async function pageOfStudy(): Promise<string> {
  const { study, base } = await loadStudy('study-emoji');
  const plan = planStudy(
    study,
    m3aeExperiment(base, () => ({ figures: {} })),
  );
  const folder = fileURLToPath(new URL('../../../studies/emoji', import.meta.url));
  const results = studyResults(plan, readRecords(folder, plan));
  const plots = await drawPlots(
    results,
    study.tables.filter(({ id }) => id === 'methods' || id === 'ood'),
  );
  return studyPage({ results, plots, pictures: new Map(), study: { name: study.name } });
}

/** What is laid out too wide or too narrow; runs in the page, so it refers to nothing outside. */
function faultsOfLayout(letters: number): string[] {
  document.querySelectorAll('details').forEach((one) => (one.open = true));
  const width = document.documentElement.clientWidth;
  const faults: string[] = [];
  const scrolls = (element: Element | null): boolean => {
    if (element === null || element === document.body) return false;
    const inside = element.getBoundingClientRect().right <= width + 0.5;
    if (inside && getComputedStyle(element).overflowX !== 'visible') return true;
    return scrolls(element.parentElement);
  };
  for (const element of Array.from(document.querySelectorAll('main *'))) {
    const { right, left } = element.getBoundingClientRect();
    const name = `${element.tagName} ${element.className} "${element.textContent?.slice(0, 30)}"`;
    if ((right > width + 0.5 || left < -0.5) && !scrolls(element.parentElement)) faults.push(`wide: ${name}`);
    if (element.tagName === 'TD' && width < 500 && right > width) faults.push(`cut off: ${name}`);
    if (element.matches('tbody th')) {
      const letter = parseFloat(getComputedStyle(element).fontSize) / 2;
      if (element.clientWidth < letters * letter) faults.push(`narrow: ${name}`);
    }
  }
  if (document.documentElement.scrollWidth > width) faults.push('the page scrolls sideways');
  return faults;
}

let browser: Browser | undefined;
beforeAll(async () => {
  if (missing === '') browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});
afterAll(() => browser?.close());

test.for([
  ['a run', 390, runPage],
  ['a run', 1280, runPage],
  ['a study', 390, pageOfStudy],
  ['a study', 1280, pageOfStudy],
] as const)(
  'the page of %s at %i px: nothing is cut off, first columns hold words',
  async ([, width, page], { skip }) => {
    skip(missing !== '', missing);
    const file = join(mkdtempSync(join(tmpdir(), 'm3ae-page-')), 'report.html');
    writeFileSync(file, await page());
    const tab = await browser!.newPage({ viewport: { width, height: 900 } });
    await tab.goto(pathToFileURL(file).href);
    expect(await tab.evaluate(faultsOfLayout, fewestLetters)).toEqual([]);
  },
);
