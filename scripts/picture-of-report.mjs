// Takes the picture of the README, docs/images/report.png, from the first six examples in the report of a run. Needs a Chromium.
// usage: node scripts/picture-of-report.mjs [RUN_FOLDER] [CHROMIUM]     e.g. after npm start
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { root } from './workspace.mjs';

const run = resolve(process.argv[2] ?? join(root, 'runs/emoji-tiny'));
const executablePath = process.argv[3] ?? '/usr/bin/chromium';
const report = join(run, 'report.html');
for (const [what, path] of [
  ['RUN_FOLDER', report],
  ['CHROMIUM', executablePath],
]) {
  if (existsSync(path)) continue;
  console.error(
    `${what} must lead to an existing file; received ${path}. Run "npm start" first, or name another.`,
  );
  process.exit(2);
}

const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, colorScheme: 'light' });
  await page.goto(pathToFileURL(report).href);
  await page.addStyleTag({ content: '.gallery > :nth-child(n+7) { display: none }' });
  mkdirSync(join(root, 'docs/images'), { recursive: true });
  const path = join(root, 'docs/images/report.png');
  await page.locator('section[aria-labelledby="gallery"]').screenshot({ path });
  console.log(path);
} finally {
  await browser.close();
}
