import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { applyOverrides, resolveConfig } from '../../apps/trainer/src/index.js';
import { codeBlocks } from '../../scripts/code-blocks.mjs';
import { runBlock } from './run-block.js';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));

/** Blocks by their fence: "ts" is a whole program, "ts config" a config, "ts part" a part of a program. */
const blocksOf = (wanted: string) =>
  pages.flatMap((page) =>
    codeBlocks(docs + page).flatMap(({ heading, language, code }) =>
      language === wanted ? [[page, heading, code] as const] : [],
    ),
  );

/** What a program promises to print: the text after each `→` in a comment. */
const promises = (code: string) => code.split('\n').flatMap((line) => /\/\/.*→ (.*)$/.exec(line)?.[1] ?? []);

test.each(blocksOf('ts'))('%s, %s: prints what it says', async (page, heading, code) => {
  expect(await runBlock(`${page}-${heading}`, code)).toEqual(promises(code));
});

test.each(blocksOf('ts config'))('%s, %s: the config is a whole one', async (_, __, code) => {
  const module = code.replace('export default', 'return');
  // oxlint-disable-next-line no-new-func
  const config: unknown = new Function(module)();
  expect(() => resolveConfig(config)).not.toThrow();
});

const texts = pages.map((page) => readFileSync(docs + page, 'utf8')).join('\n');
const overrides = [...new Set([...texts.matchAll(/--set ([\w.]+=\S+)/g)].map(([, override]) => override!))];

test.each(overrides)('--set %s is a setting', (override) => {
  const train = override.startsWith('train.steps') ? {} : { epochs: 1 };
  const config = { data: { source: { kind: 'emoji' } }, model: { size: 'small' }, train };
  expect(() => resolveConfig(applyOverrides(config, [override]))).not.toThrow();
});

test('a link to another guide leads somewhere', () => {
  for (const page of pages) {
    const links = [...readFileSync(docs + page, 'utf8').matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, to]) => to!);
    expect(pages).toEqual(expect.arrayContaining(links));
  }
});
