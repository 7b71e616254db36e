import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfigFile, resolveConfig } from '../src/index.js';
import { loadStudy } from '../src/study/experiment.js';
import { runCommand } from './support/run-command.js';

const shipped = fileURLToPath(new URL('../configs/', import.meta.url));
const shippedNames = readdirSync(shipped).map((file) => file.replace('.ts', ''));
const studies = fileURLToPath(new URL('../../../studies/', import.meta.url));
const studyNames = readdirSync(studies).map((name) => `study-${name}`);

let folder: string;
const before = process.cwd();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'm3ae-configs-'));
  process.chdir(folder); // far from the configs of this package
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

/** Writes a file into the working folder. */
function write(name: string, text: string): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
  return name;
}

describe('a config file', () => {
  test.each([
    ['a.ts', 'const steps: number = 3;\nexport default { train: { steps } } as const;'],
    [
      'typed.ts',
      "import type { ConfigInput } from '@m3ae/trainer';\nexport default { train: { steps: 3 } } satisfies ConfigInput;",
    ],
    ['b.mjs', 'export default { train: { steps: 3 } };'],
    ['c.json', '{ "train": { "steps": 3 } }'],
    ['d.cjs', 'module.exports = { train: { steps: 3 } };'],
    ['e.ts', 'exports.train = { steps: 3 };'],
    ['imports.ts', "import base from './b.mjs';\nexport default { ...base };"],
  ])('%s is read', async (name, text) => {
    expect(await loadConfigFile(write(name, text))).toEqual({ train: { steps: 3 } });
  });

  test.each([
    ['named.ts', 'const steps = 3;\nexport const train = { steps };\nexport { steps };', 'steps, train'],
    ['named.mjs', 'export const train = { steps: 3 };', 'train'],
    ['nothing.ts', 'const config = { train: { steps: 3 } };', 'no export'],
    ['nothing.mjs', 'export default undefined;', 'no export'],
  ])('%s has no default export, which is said', async (name, text, has) => {
    const message = `CONFIG must be a file with a default export; received ${name} with`;
    const failure = loadConfigFile(write(name, text));
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toThrow(has);
  });

  test('what is no plain data is named by its path, all at once', async () => {
    const name = write(
      'odd.ts',
      `const loop: Record<string, unknown> = { size: 'small' };
      loop.again = loop;
      const once = [1, 2];
      export default {
        image: { crop: function square() {} },
        data: { extra: [{ kind: 'idx' }, () => 1] },
        train: Promise.resolve({}),
        report: { since: new Date(0) },
        model: loop,
        seed: 10n,
        evaluation: { neighbors: once, l2: once },
      };`,
    );
    await expect(loadConfigFile(name)).rejects.toMatchObject({
      faults: [
        {
          path: 'image.crop',
          rule: 'plain data',
          received: 'a function square',
          remedy: 'Write the value that it returns.',
        },
        {
          path: 'data.extra.1',
          rule: 'plain data',
          received: 'a function',
          remedy: 'Write the value that it returns.',
        },
        {
          path: 'train',
          rule: 'plain data',
          received: 'an object of class Promise',
          remedy: 'Write its value in full.',
        },
        {
          path: 'report.since',
          rule: 'plain data',
          received: 'an object of class Date',
          remedy: 'Write its value in full.',
        },
        {
          path: 'model.again',
          rule: 'plain data',
          received: 'a record that holds itself',
          remedy: 'Write its value in full.',
        },
        { path: 'seed', rule: 'plain data', received: 'a bigint', remedy: 'Write its value in full.' },
      ],
    });
    await expect(loadConfigFile(write('call.ts', 'export default () => ({});'))).rejects.toThrow(
      /^The config must be plain data; received a function/,
    );
  });

  test.each([
    ['bad.json', '{ seed: 1 }', /^CONFIG must be readable; bad\.json failed: /],
    ['bad.ts', 'export default { seed: missing };', /^CONFIG must be readable; bad\.ts failed: missing/],
    ['bad.yaml', 'seed: 1', /^CONFIG must be a \.ts, \.js, \.mjs or \.json file; received bad\.yaml/],
  ])('%s is refused', async (name, text, message) => {
    await expect(loadConfigFile(write(name, text))).rejects.toThrow(message);
  });
});

describe('a preset', () => {
  test.each(shippedNames)('%s is found by name and is a whole config', async (name) => {
    const config = await loadConfigFile(name);
    expect(resolveConfig(config).name).toBe(name);
    expect(config).toEqual(await loadConfigFile(join(shipped, `${name}.ts`)));
  });

  test('a file of that name goes first', async () => {
    const name = write('debug', '');
    await expect(loadConfigFile(name)).rejects.toThrow('CONFIG must be a .ts, .js, .mjs or .json file');
    rmSync(join(folder, name));
    expect(await loadConfigFile('debug')).toMatchObject({ name: 'debug' });
  });

  test.each([
    ['emoji-tny', 'Did you mean the preset emoji-tiny?'],
    ['configs/emoji-tiny.ts', 'Did you mean the preset emoji-tiny?'],
    ['apps/trainer/configs/study-emoji.ts', 'Did you mean the preset study-emoji?'],
    ['my/own-rnu.ts', 'Did you mean my/own-run.ts?'],
    ['tidal', 'Did you mean tidal.json?'],
    ['./tidel', 'Did you mean ./tidal.json?'],
    ['./zebra', 'List the presets with: npx @m3ae/trainer configs.'],
  ])('%s is neither file nor preset: the nearest is told', async (name, hint) => {
    write('my/own-run.ts', '');
    write('tidal.json', '{}');
    const message = `CONFIG must be a file or the name of a preset; received ${name}. ${hint}`;
    await expect(loadConfigFile(name)).rejects.toThrow(message);
  });

  test("is a study's base, and a study by its name", async () => {
    const study = (base: string) =>
      write('sub/own.ts', `export default { base: '${base}', variants: { a: {} } };`);
    const own = { data: { source: { kind: 'emoji' } }, model: { size: 'small' }, train: { steps: 1 } };
    write('sub/own-base.json', JSON.stringify(own));
    expect((await loadStudy(study('own-base.json'))).base).toEqual(own);
    expect((await loadStudy(study('debug'))).base).toEqual(await loadConfigFile('debug'));
    expect((await loadStudy('study-pointing')).study.name).toBe('pointing');
  });
});

describe('m3ae configs', () => {
  test('lists every preset with the first sentence of its head', async () => {
    const { code, stdout } = await runCommand('configs', '--json');
    expect(code).toBe(0);
    const presets = JSON.parse(stdout) as { name: string; summary: string; path: string }[];
    expect(presets.map(({ name }) => name)).toEqual([...shippedNames, ...studyNames].sort());
    for (const { summary, path } of presets) {
      const head = readFileSync(path, 'utf8').replaceAll(/\n \* /g, ' ');
      expect(head).toContain(summary);
      expect(summary).toMatch(/^[A-Z].{20,130}\.$/);
    }
    const lines = (await runCommand('configs')).stdout.split('\n');
    for (const { name, summary } of presets) {
      expect(lines.filter((line) => line.startsWith(`  ${name} `) && line.endsWith(summary))).toHaveLength(1);
    }
  });

  test('prints one to begin with', async () => {
    const { stdout } = await runCommand('configs', 'emoji-tiny');
    expect(stdout).toBe(readFileSync(join(shipped, 'emoji-tiny.ts'), 'utf8'));
    expect(await runCommand('configs', 'emoji-tiyn')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean the preset emoji-tiny?'),
    });
  });
});
