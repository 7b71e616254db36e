// Writes the programs, configs and studies in docs/*.md and the trainer's README as files, so that the type check sees them.
// usage: node scripts/write-programs.mjs FOLDER
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocks } from './code-blocks.mjs';
import { root } from './workspace.mjs';

const folder = process.argv[2];
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
for (const page of [...guides.map((name) => `docs/${name}`), 'apps/trainer/README.md']) {
  codeBlocks(join(root, page)).forEach(({ heading, language, code }, i) => {
    const name = `${`${page}-${heading}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${i}.ts`;
    if (['ts', 'ts whole', 'ts config', 'ts study'].includes(language))
      writeFileSync(join(folder, name), `${code}export {};\n`);
  });
}
