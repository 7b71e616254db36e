import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { codeBlocks } from '../../scripts/code-blocks.mjs';
import { runBlock } from './run-block.js';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));

// A block marked "ts" is a whole program. Parts of programs and configs are marked "ts ignore" and "ts config".
const programs = pages.flatMap((page) =>
  codeBlocks(docs + page).flatMap(({ heading, language, code }) =>
    language === 'ts' ? [[page, heading, code] as const] : [],
  ),
);

/** What a program promises to print: the text after each `→` in a comment. */
const promises = (code: string) => code.split('\n').flatMap((line) => /\/\/.*→ (.*)$/.exec(line)?.[1] ?? []);

test.each(programs)('%s, %s: prints what it says', async (page, heading, code) => {
  expect(await runBlock(`${page}-${heading}`, code)).toEqual(promises(code));
});
