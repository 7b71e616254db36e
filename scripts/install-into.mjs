// Installs packages of this clone into a project, as they would come from npm: builds, packs, and runs npm install there.
// Run it again to take over what has changed here. Names that are not ours are handed on to npm.
// usage: node scripts/install-into.mjs FOLDER [NAME …]     e.g. node scripts/install-into.mjs ../my-project @m3ae/masking
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { publishedPackages } from './workspace.mjs';

function refuse(message) {
  console.error(message);
  process.exit(2);
}

const [folder = '-', ...names] = process.argv.slice(2);
if (folder.startsWith('-')) refuse('usage: node scripts/install-into.mjs FOLDER [NAME …]');
if (folder.startsWith('@m3ae/')) {
  refuse(
    `FOLDER must come before the names; received ${folder}. Write: node scripts/install-into.mjs ../my-project ${folder}`,
  );
}
const known = publishedPackages().map(({ manifest }) => manifest.name);
const wanted = names.length > 0 ? names : ['@m3ae/trainer', '@m3ae/sample-datasets'];
const unknown = wanted.filter((name) => name.startsWith('@m3ae/') && !known.includes(name));
if (unknown.length > 0) {
  refuse(`NAME must be one of ${known.join(', ')}, or a package of npm; received ${unknown.join(', ')}.`);
}

const setup = spawnSync(process.execPath, [fileURLToPath(new URL('setup.mjs', import.meta.url))], {
  stdio: 'inherit',
});
if (setup.status !== 0) process.exit(setup.status ?? 1);

console.log(`Packing ${wanted.join(', ')} and installing into ${folder} …`);
const { installInto } = await import('./packing.mjs');
await installInto(folder, wanted);
console.log(wanted.includes('@m3ae/trainer') ? 'Done. There: npx @m3ae/trainer --help' : 'Done.');
