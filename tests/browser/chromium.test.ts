import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { bundleForBrowser } from './bundle.js';
import { sample } from './sample.js';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

test('Chromium computes what Node computes, bit for bit', async ({ skip }) => {
  skip(!existsSync(executablePath), `there is no ${executablePath}; set CHROMIUM to a Chromium`);
  const entry = fileURLToPath(new URL('./sample.ts', import.meta.url));
  const script = await bundleForBrowser({ entryPoints: [entry], globalName: 'm3aeSample' });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: script });
    const there = JSON.parse(
      await page.evaluate<string>('JSON.stringify(m3aeSample.sample())'),
    ) as ReturnType<typeof sample>;
    const here = sample();
    expect(there.exact).toEqual(here.exact);
    expect(there.normal).toHaveLength(here.normal.length);
    there.normal.forEach((value, i) => expect(value).toBeCloseTo(here.normal[i]!, 5));
  } finally {
    await browser.close();
  }
});
