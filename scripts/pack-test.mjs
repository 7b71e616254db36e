// Packs every package as it would be published, installs each alone in an empty project, and imports and requires
// every entry of it; commands are run by the name of their package. Packages of ours that it needs come as tarballs too; others come from npm's cache where they are.
// usage: node scripts/pack-test.mjs [NAME …]     e.g. node scripts/pack-test.mjs @m3ae/masking
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forEach, pack, packages, run, withDependencies } from './packing.mjs';
import { root } from './workspace.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'm3ae-pack-'));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !packages.has(name));
if (unknown.length > 0) {
  console.error(`package must be one of ${[...packages.keys()].join(', ')}; received ${unknown.join(', ')}.`);
  process.exit(2);
}

/** The source of a program that loads every entry and fails where one exports nothing. */
const loader = (specifiers, load) => `(async () => {
  for (const id of ${JSON.stringify(specifiers)}) {
    if (Object.keys(${load}).length === 0) throw new Error(id + ' exports nothing');
  }
})().catch((error) => { console.error(error); process.exit(1); });
`;

/** Two pictures with captions, for a training as short as can be. */
const photos = join(root, 'tests/docs/fixtures/datasets/photos');
const tinySource = JSON.stringify({ kind: 'folder', path: 'photos' });
const tinyTraining = [`data.source=${tinySource}`, 'train.steps=4', 'train.batchSize=1'];

/** What each command must do where it is installed. */
const commands = {
  '@m3ae/trainer': [
    ['--help'],
    ['configs'],
    ['configs', 'study-emoji'],
    ['pretrain', 'debug', ...tinyTraining.flatMap((each) => ['--set', each])],
  ],
};

/** What a CommonJS program does with a package beyond loading it, as an import of its may be of another kind there. */
const uses = {
  '@m3ae/datasets': `
    const { createLoader } = require('@m3ae/datasets');
    const { key } = require('@m3ae/random');
    const image = { size: 32, patchSize: 16 };
    const loader = createLoader(${tinySource}, { image, text: { maxLength: 8 }, key: key(0) });
    loader.load({ step: 0, indices: Int32Array.of(0, 1) }).then(() => loader.close());`,
};

/** Installs one package in an empty project and loads it in every way that its package.json promises. */
async function tryAlone({ manifest }, tarballs) {
  const { name, exports, bin = {} } = manifest;
  const project = join(scratch, name.replace('@m3ae/', ''));
  mkdirSync(project);
  const dependencies = Object.fromEntries(
    [...withDependencies(name)].map((each) => [each, `file:${tarballs.get(each)}`]),
  );
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'empty', private: true, dependencies }),
  );
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], project);

  const entries = Object.entries(exports).filter(([path]) => !path.endsWith('.json'));
  const imported = entries.map(([path]) => name + path.slice(1));
  const required = entries.filter(([, target]) => target.require).map(([path]) => name + path.slice(1));
  writeFileSync(join(project, 'import.mjs'), loader(imported, 'await import(id)'));
  writeFileSync(join(project, 'require.cjs'), loader(required, 'require(id)'));
  await run('node', ['import.mjs'], project);
  await run('node', ['require.cjs'], project);
  const commandLines = Object.keys(bin).length > 0 ? (commands[name] ?? [['--help']]) : [];
  cpSync(photos, join(project, 'photos'), { recursive: true });
  if (name in uses) {
    writeFileSync(join(project, 'use.cjs'), uses[name]);
    await run('node', ['use.cjs'], project);
  }
  // By the package's own name: nobody owns that of the command.
  for (const each of commandLines) await run('npx', ['--no-install', name, ...each], project);
  rmSync(project, { recursive: true, force: true });
  return [
    `import ${imported.join(', ')}`,
    ...(required.length > 0 ? [`require ${required.join(', ')}`] : []),
    ...commandLines.map((each) => `npx ${name} ${each.join(' ')}`),
  ].join('; ');
}

let failed = 0;
const tarballs = new Map();
const attempt = async (name, body) => {
  try {
    await body();
  } catch (error) {
    failed++;
    console.error(`FAILED ${name}: ${error.message}`);
  }
};
const chosen = wanted.length > 0 ? wanted : [...packages.keys()];
const packed = new Set(chosen.flatMap((name) => [...withDependencies(name)]));
await forEach(packed, (name) =>
  attempt(name, async () => tarballs.set(name, await pack(packages.get(name), scratch))),
);
if (failed === 0) {
  await forEach(chosen, (name) =>
    attempt(name, async () => console.log(`ok ${name}: ${await tryAlone(packages.get(name), tarballs)}`)),
  );
}
rmSync(scratch, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
