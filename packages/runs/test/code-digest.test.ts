import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeDigest, installedVersion } from '../src/index.js';

test('the digest of the code changes with any file of a package and of those that it needs', () => {
  const root = mkdtempSync(join(tmpdir(), 'code-'));
  const write = (path: string, content: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  write(
    'app/package.json',
    '{ "name": "@m3ae/app", "dependencies": { "@m3ae/below": "1", "@m3ae/absent": "1", "other": "1" } }',
  );
  write('app/dist/index.js', '1');
  write(
    'app/node_modules/@m3ae/below/package.json',
    '{ "name": "@m3ae/below", "dependencies": { "@m3ae/below": "1" } }',
  );
  write('app/node_modules/@m3ae/below/dist/index.js', '1');
  write('app/node_modules/@m3ae/below/src/deep/index.ts', '1');
  const digest = () => codeDigest(join(root, 'app/package.json'), (name) => name.startsWith('@m3ae/'));
  const digests = [digest()];
  expect(digest()).toBe(digests[0]);
  write('app/dist/index.d.ts', '2');
  write('app/test/index.ts', '2');
  expect(digest()).toBe(digests[0]);
  for (const path of ['app/dist/index.js', 'app/dist/more.js']) {
    write(path, '2');
    digests.push(digest());
  }
  for (const path of ['dist/index.js', 'src/deep/index.ts']) {
    write(`app/node_modules/@m3ae/below/${path}`, '2');
    digests.push(digest());
  }
  expect(new Set(digests).size).toBe(digests.length);

  // Installed elsewhere, what it needs above it instead of within.
  const other = mkdtempSync(join(tmpdir(), 'a-code-'));
  const installed = join(other, 'node_modules/@m3ae/app');
  cpSync(join(root, 'app'), installed, { recursive: true });
  cpSync(join(installed, 'node_modules/@m3ae/below'), join(other, 'node_modules/@m3ae/below'), {
    recursive: true,
  });
  rmSync(join(installed, 'node_modules'), { recursive: true });
  expect(codeDigest(join(installed, 'package.json'), (name) => name.startsWith('@m3ae/'))).toBe(
    digests.at(-1),
  );
  for (const folder of [root, other]) rmSync(folder, { recursive: true });
});

test('a version is that of the installed package; one that is not there is unknown', () => {
  const root = mkdtempSync(join(tmpdir(), 'version-'));
  mkdirSync(join(root, 'node_modules/some'), { recursive: true });
  writeFileSync(join(root, 'node_modules/some/package.json'), '{ "version": "1.2.3" }');
  const from = join(root, 'index.js');
  expect(installedVersion('some', from)).toBe('1.2.3');
  expect(installedVersion('other', from)).toBe('unknown');
  rmSync(root, { recursive: true });
});
