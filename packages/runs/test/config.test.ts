import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findConfig, loadConfigFile, loadOptional, presetsOf } from '../src/config.js';

const folder = mkdtempSync(join(tmpdir(), 'm3ae-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
  return name;
}

test.each([
  ['a.ts', 'const steps: number = 3;\nexport default { steps } as const;'],
  ['b.mjs', 'export default { steps: 3 };'],
  ['c.json', '{ "steps": 3 }'],
  ['d.cjs', 'module.exports = { steps: 3 };'],
  ['e.ts', "import base from './b.mjs';\nexport default { ...base };"],
])('%s is read', async (name, text) => {
  expect(await loadConfigFile(write(name, text), { folder })).toEqual({ steps: 3 });
});

test('the path of a module counts from the file; what is no plain data is refused by its place', async () => {
  const source = { kind: 'module', module: './shapes.js' };
  write('in/here.json', JSON.stringify({ data: [source], plain: { module: './x' } }));
  expect(await loadConfigFile('in/here.json', { folder })).toEqual({
    data: [{ ...source, module: join(folder, 'in/shapes.js') }],
    plain: { module: './x' },
  });
  write('odd.mjs', 'export default { a: { b: new Map() }, c: [() => 1], d: 1 };');
  await expect(loadConfigFile('odd.mjs', { folder })).rejects.toMatchObject({
    faults: [{ path: 'a.b' }, { path: 'c.0' }],
  });
  write('none.ts', 'export const steps = 3;');
  await expect(loadConfigFile('none.ts', { folder, option: 'SETTINGS' })).rejects.toThrow(
    /^SETTINGS must be a file with a default export.*steps/,
  );
});

test('a preset is found by its name, a file of that name before it, and a near name is told', () => {
  write('presets/tiny.ts', '/**\n * The smallest of all. More words.\n */\nexport default {};\n');
  write('presets/note.md', '');
  const presets = presetsOf(['tiny.ts', 'note.md'].map((name) => join(folder, 'presets', name)));
  expect(presets).toEqual([
    { name: 'tiny', path: join(folder, 'presets/tiny.ts'), summary: 'The smallest of all.' },
  ]);
  expect(findConfig('tiny', { presets })).toBe(presets[0]!.path);
  const remedyOf = (path: string, from = folder) => {
    try {
      return findConfig(path, { folder: from, presets, remedy: 'Look again.' });
    } catch (error) {
      return (error as Error).message.split('. ').at(-1);
    }
  };
  expect(remedyOf('tinyyy')).toBe('Did you mean the preset tiny?');
  expect(remedyOf('presets/tin.ts')).toBe('Did you mean presets/tiny.ts?');
  expect(remedyOf('photographs')).toBe('Look again.');
  write('tiny', '');
  expect(findConfig('tiny', { presets, folder })).toBe(join(folder, 'tiny'));
  expect(() => findConfig('other', { folder })).toThrow(/^CONFIG must be a file;/);
});

test('a package that is not installed is undefined; what another lacks is told', async () => {
  const absent = Object.assign(new Error("Cannot find package '@m3ae/none'"), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  expect(await loadOptional('@m3ae/none/specs', () => Promise.reject(absent))).toBeUndefined();
  expect(await loadOptional('vitest', async () => ({ here: true }))).toEqual({ here: true });
  await expect(loadOptional('@m3ae/other', () => Promise.reject(absent))).rejects.toBe(absent);
});
