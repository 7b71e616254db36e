import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why pages cannot be laid out here; empty where they can. */
export const missing = existsSync(executablePath)
  ? ''
  : `there is no ${executablePath}; set CHROMIUM to a Chromium`;

/** Letters that the first column holds in a line, at least. */
const fewestLetters = 18;

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

/** A browser that lays pages out; none where there is no Chromium. */
export async function openBrowser(): Promise<Browser | undefined> {
  return missing === '' ? chromium.launch({ executablePath, args: ['--no-sandbox'] }) : undefined;
}

/** What is laid out too wide or too narrow of a page in a window of some width. */
export async function layoutFaults(browser: Browser, page: string, width: number): Promise<string[]> {
  const file = join(mkdtempSync(join(tmpdir(), 'm3ae-page-')), 'report.html');
  writeFileSync(file, page);
  const tab = await browser.newPage({ viewport: { width, height: 900 } });
  await tab.goto(pathToFileURL(file).href);
  return tab.evaluate(faultsOfLayout, fewestLetters);
}
