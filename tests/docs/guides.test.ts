import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

test.each(['README.md', 'CONTRIBUTING.md', ...pages.map((page) => `docs/${page}`)])(
  'the links of %s lead somewhere',
  (page) => {
    const path = fileURLToPath(new URL(`../../${page}`, import.meta.url));
    const links = [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, to]) => to!);
    expect(links.filter((to) => !existsSync(join(dirname(path), to)))).toEqual([]);
  },
);
