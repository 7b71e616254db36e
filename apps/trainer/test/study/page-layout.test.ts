import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planStudy, readRecords } from '@m3ae/study';
import { layoutFaults, missing, openBrowser } from '../../../../packages/report/test/support/layout.js';
import { studyPage } from '../../../../packages/study/src/page.js';
import { drawPlots } from '../../../../packages/study/src/plots.js';
import { studyResults } from '../../../../packages/study/src/results.js';
import { loadStudy, m3aeExperiment } from '../../src/study/experiment.js';

/** The committed study: tables of two to six columns beside the paper's, claims, plots. */
async function pageOfStudy(): Promise<string> {
  const { study, base } = await loadStudy('study-emoji');
  const plan = planStudy(
    study,
    m3aeExperiment(base, () => ({ figures: {} })),
  );
  const folder = fileURLToPath(new URL('../../../../studies/emoji', import.meta.url));
  const results = studyResults(plan, readRecords(folder, plan));
  const plots = await drawPlots(
    results,
    study.tables.filter(({ id }) => id === 'methods' || id === 'ood'),
  );
  return studyPage({ results, plots, pictures: new Map(), study: { name: study.name } });
}

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

test.for([390, 1280])(
  'the page of a study at %i px: nothing is cut off, first columns hold words',
  async (width, { skip }) => {
    skip(missing !== '', missing);
    expect(await layoutFaults(browser!, await pageOfStudy(), width)).toEqual([]);
  },
);
