import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { codeBlocks } from '../../scripts/code-blocks.mjs';
import { runBlock } from './run-block.js';

const packages = fileURLToPath(new URL('../../packages/', import.meta.url));
const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));

/** The first program of a package's README: what a newcomer pastes. */
function firstProgram(name: string): string | undefined {
  const readme = join(packages, name, 'README.md');
  return codeBlocks(readme).find(({ language }) => language === 'ts' || language === 'js')?.code;
}

test.each(readdirSync(packages))('the example of @m3ae/%s runs', async (name) => {
  const program = firstProgram(name);
  expect(program).toBeDefined();
  const places = [join(fixtures, name), join(packages, name, 'test/fixtures/readme')]; // what the example expects beside it
  await runBlock(`readme-${name}`, program!, (folder) => {
    for (const files of places.filter((place) => existsSync(place)))
      cpSync(files, folder, { recursive: true });
  });
});
