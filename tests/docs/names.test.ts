// What a reader is told to type: nothing is on npm yet, and the unscoped name "m3ae" there belongs to nobody.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { runCommand } from '../../apps/trainer/test/support/run-command.js';
import { codeBlocks } from '../../scripts/code-blocks.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const filesIn = (folder: string, ending: string) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !/node_modules|docs\/site/.test(path));
const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
const readmes = [...packages, 'apps/trainer'].map((folder) => `${folder}/README.md`);
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const { stdout: help } = await runCommand('--help');
const commands = help.match(/(?<=^ {2})[a-z]+(?= )/gm)!.filter((name) => name !== 'help');

/** The unscoped name where a command follows, and what npm does not know yet. */
const wrong = [
  new RegExp(String.raw`(?<![\w@/.-])m3ae (?:${commands.join('|')})\b.*`, 'g'),
  /npx m3ae.*/g,
  /npm (?:i|install) .*@m3ae.*/g,
];
const wrongIn = (text: string) => wrong.flatMap((pattern) => [...(text.match(pattern) ?? [])]);

test('the patterns find what they should', () => {
  expect(commands).toEqual(expect.arrayContaining(['pretrain', 'configs', 'bench', 'ood']));
  const bad = [
    'Train with "m3ae pretrain".',
    'npx m3ae --help',
    '`m3ae data` reads',
    'npm i -D @m3ae/random',
  ];
  for (const text of bad) expect(wrongIn(text)).not.toEqual([]);
  for (const text of ['npx @m3ae/trainer data my-run.ts', 'method m3ae', '.cache/m3ae data'])
    expect(wrongIn(text)).toEqual([]);
});

test.each(['README.md', 'CONTRIBUTING.md', ...readmes, ...filesIn('docs', '.md')])('%s', (path) => {
  expect(wrongIn(read(path))).toEqual([]);
});

test.each([...filesIn('apps/trainer/configs', '.ts'), ...filesIn('studies', '.ts')])(
  '%s tells how it is run',
  (path) => {
    expect(wrongIn(read(path))).toEqual([]);
    const name = path.replace(/.*\/(.*)\.ts/, '$1');
    const command = name.startsWith('study-') ? 'study' : 'pretrain';
    expect(read(path)).toMatch(new RegExp(String.raw`Run: .*npx @m3ae/trainer ${command} ${name}\b`));
  },
);

/** The text of every string in a source file: all messages and help texts are among them. */
function stringsOf(path: string): string[] {
  const strings: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      strings.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true));
  return strings;
}

test('messages and help texts of the sources', () => {
  const sources = [...packages, 'apps/trainer'].flatMap((folder) => filesIn(`${folder}/src`, '.ts'));
  expect(sources.length).toBeGreaterThan(300);
  const found = sources.flatMap((path) =>
    stringsOf(path).flatMap((text) => wrongIn(text).map((line) => ({ path, line }))),
  );
  expect(found).toEqual([]);
});

test.each(commands)('%s --help shows examples that can be typed', async (name) => {
  const { stdout } = await runCommand(name, '--help');
  expect(stdout).toContain(`Usage: npx @m3ae/trainer ${name} `);
  const examples = stdout.split('\n').filter((line) => line.startsWith('  $ '));
  expect(examples).not.toEqual([]);
  for (const example of examples)
    expect(example).toMatch(new RegExp(String.raw`^ {2}\$ npx @m3ae/trainer ${name} ?`));
});

/** The packages that a page installs, and those that programs import. */
const installed = (path: string) =>
  /^node scripts\/install-into\.mjs \.\.\/my-project (.*)$/m.exec(read(path))?.[1]?.split(' ') ?? [];
const imported = (code: string) =>
  [...code.matchAll(/(?:from|import) '([^.'][^']*)'/g)].map(([, id]) =>
    id!
      .split('/')
      .slice(0, id!.startsWith('@') ? 2 : 1)
      .join('/'),
  );
const programs = (path: string) =>
  codeBlocks(join(root, path)).filter(({ language }) => /^(ts|js)( config)?$/.test(language));

test.each(readmes)('%s installs from a clone what its first program imports', (path) => {
  const { name } = JSON.parse(read(path.replace('README.md', 'package.json'))) as { name: string };
  expect(installed(path)[0]).toBe(name);
  const needed = imported(programs(path)[0]!.code).filter((id) => !id.startsWith('node:'));
  expect(needed.filter((id) => !installed(path).includes(id))).toEqual([]);
});

test('the README of the command installs the data of the preset that it trains', () => {
  expect(installed('apps/trainer/README.md')).toContain('@m3ae/sample-datasets');
});

test('docs/take-one-piece.md installs what all of its programs import', () => {
  const page = 'docs/take-one-piece.md';
  const needed = programs(page).flatMap(({ code }) => imported(code));
  expect([...new Set(needed)].sort()).toEqual(installed(page).sort());
});
