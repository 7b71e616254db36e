// Refuses a circle among the packages' dependencies, and an import of one of our packages that package.json does not declare.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const folders = [
  ...readdirSync('packages').map((n) => `packages/${n}`),
  ...readdirSync('apps').map((n) => `apps/${n}`),
];
const manifests = folders.map((folder) => ({
  folder,
  ...JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')),
}));
const edges = new Map(
  manifests.map((m) => [
    m.name,
    Object.keys({ ...m.dependencies, ...m.peerDependencies }).filter((d) => d.startsWith('@m3ae/')),
  ]),
);
const faults = [];

/** Depth-first walk that reports the path on which a package reaches itself. */
function walk(name, trail) {
  if (trail.includes(name))
    return void faults.push(`circle: ${[...trail.slice(trail.indexOf(name)), name].join(' -> ')}`);
  for (const next of edges.get(name) ?? []) walk(next, [...trail, name]);
}
for (const name of edges.keys()) walk(name, []);

const sources = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? sources(path) : name.endsWith('.ts') ? [path] : [];
  });
for (const { folder, name } of manifests) {
  for (const file of sources(`${folder}/src`)) {
    for (const [, used] of readFileSync(file, 'utf8').matchAll(/from '(@m3ae\/[a-z]+)/g)) {
      if (used !== name && !edges.get(name).includes(used))
        faults.push(`${file} imports ${used}, which ${folder}/package.json does not declare`);
    }
  }
}
if (faults.length > 0) {
  console.error([...new Set(faults)].join('\n'));
  process.exit(1);
}
