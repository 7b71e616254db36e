// What the READMEs tell a reader to run, until the packages are on npm.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/install-into.mjs', import.meta.url));
const packing = new URL('../../scripts/packing.mjs', import.meta.url).href;
const scratch = mkdtempSync(join(tmpdir(), 'm3ae-install-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: scratch, encoding: 'utf8' });

test('a package and what it needs are installed and can be imported', () => {
  const project = join(scratch, 'my project');
  // Without the script's first step, which installs and builds this repository: not while its tests run.
  const source = `import { installInto } from ${JSON.stringify(packing)}; await installInto('my project', ['@m3ae/mixing']);`;
  const { status, stderr } = node('--input-type=module', '--eval', source);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  // @m3ae/random is needed by @m3ae/mixing, and would be asked of npm if it were not packed too.
  expect(Object.keys(manifest.dependencies)).toEqual(
    expect.arrayContaining(['@m3ae/mixing', '@m3ae/random']),
  );
  for (const file of Object.values(manifest.dependencies)) {
    expect(existsSync(join(project, file.replace('file:', '')))).toBe(true);
  }
  writeFileSync(
    join(project, 'use.js'),
    "import { createMixer } from '@m3ae/mixing';\nimport { key } from '@m3ae/random';\nconsole.log(typeof createMixer, key(42));",
  );
  const used = spawnSync(process.execPath, ['use.js'], { cwd: project, encoding: 'utf8' });
  expect(used.stdout.replaceAll(/\s+/g, ' ')).toBe('function [ 0, 42 ] ');
});

test.each([
  [[], 'FOLDER'],
  [['--help'], 'FOLDER'],
  [['@m3ae/masking'], 'FOLDER must come before the names; received @m3ae/masking.'],
  [['elsewhere', '@m3ae/maskin'], 'received @m3ae/maskin'],
])('%j is refused before anything is built or written', (args, message) => {
  const { status, stdout, stderr } = node(script, ...args);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
  expect(stdout).toBe('');
  expect(existsSync(join(scratch, 'elsewhere'))).toBe(false);
});
