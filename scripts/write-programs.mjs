// Writes the programs in docs/*.md as files, so that the type check sees them.
// usage: node scripts/write-programs.mjs FOLDER
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocks } from './code-blocks.mjs';
import { root } from './workspace.mjs';

const folder = process.argv[2];
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const page of readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))) {
  codeBlocks(join(root, 'docs', page)).forEach(({ heading, language, code }, i) => {
    const name = `${page.replace('.md', '')}-${heading.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${i}.ts`;
    if (language === 'ts') writeFileSync(join(folder, name), `${code}export {};\n`);
  });
}
