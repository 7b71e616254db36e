// Installs packages of this clone into a project, as they would come from npm: builds, packs, and runs npm install there.
// Names that are not ours are handed on to npm. The tarballs stay in the project, in m3ae-packages/, and belong to it:
// its package.json names them. Run it again to take over what has changed here.
// usage: node scripts/install-into.mjs FOLDER [NAME …]     e.g. node scripts/install-into.mjs ../my-project @m3ae/masking
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workspacePackages } from './workspace.mjs';

function refuse(message) {
  console.error(message);
  process.exit(2);
}

const [folder, ...names] = process.argv.slice(2);
if (folder === undefined || folder.startsWith('-'))
  refuse('usage: node scripts/install-into.mjs FOLDER [NAME …]');
if (/^@m3ae\//.test(folder)) {
  refuse(
    `FOLDER must come before the names; received ${folder}. Write: node scripts/install-into.mjs ../my-project ${folder}`,
  );
}
const known = workspacePackages().map(({ manifest }) => manifest.name);
const wanted = names.length > 0 ? names : ['@m3ae/trainer'];
const unknown = wanted.filter((name) => name.startsWith('@m3ae/') && !known.includes(name));
if (unknown.length > 0) {
  refuse(`NAME must be one of ${known.join(', ')}, or a package of npm; received ${unknown.join(', ')}.`);
}

const setup = spawnSync(process.execPath, [fileURLToPath(new URL('setup.mjs', import.meta.url))], {
  stdio: 'inherit',
});
if (setup.status !== 0) process.exit(setup.status ?? 1);
const { forEach, pack, packages, run, withDependencies } = await import('./packing.mjs');

const project = resolve(folder);
const shelf = resolve(project, 'm3ae-packages');
mkdirSync(shelf, { recursive: true });
// Without this file npm would install into the nearest project above the folder.
if (!existsSync(resolve(project, 'package.json'))) {
  writeFileSync(
    resolve(project, 'package.json'),
    `${JSON.stringify({ private: true, type: 'module' }, null, 2)}\n`,
  );
}

const ours = [...new Set(wanted.flatMap((name) => [...withDependencies(name)]))];
const others = wanted.filter((name) => !packages.has(name));
console.log(`Packing ${ours.join(', ')} …`);
const tarballs = [];
await forEach(ours, async (name) => tarballs.push(await pack(packages.get(name), shelf)));
console.log(`Installing into ${project} …`);
const files = tarballs.map((path) => `./${relative(project, path).replaceAll('\\', '/')}`).toSorted();
await run('npm', ['install', ...files, ...others, '--no-audit', '--no-fund', '--loglevel=error'], project);
console.log(
  ours.includes('@m3ae/trainer')
    ? `Done. In ${folder}: npx @m3ae/trainer --help`
    : `Done: ${wanted.join(', ')}.`,
);
