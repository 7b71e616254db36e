// Refuses a circle among the packages' dependencies, and an import that the package.json beside it does not declare.
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { root, sourcesOf, workspacePackages } from './workspace.mjs';

process.chdir(root);
const packages = workspacePackages();
const faults = new Set();

const isPrivate = new Set(
  packages.filter(({ manifest }) => manifest.private).map(({ manifest }) => manifest.name),
);

const needed = ({ manifest }) => Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
const edges = new Map(
  packages.map((each) => [each.manifest.name, needed(each).filter((name) => name.startsWith('@m3ae/'))]),
);

/** Depth-first walk that reports the path on which a package reaches itself. */
function walk(name, trail) {
  if (trail.includes(name)) {
    faults.add(`circle: ${[...trail.slice(trail.indexOf(name)), name].join(' -> ')}`);
    return;
  }
  for (const next of edges.get(name) ?? []) walk(next, [...trail, name]);
}
for (const name of edges.keys()) walk(name, []);

/** Packages that a file names in an import or a re-export; examples in comments do not count. */
function importsOf(file) {
  const code = readFileSync(file, 'utf8').replaceAll(/\/\*\*[\s\S]*?\*\//g, '');
  // At the start of a line, or as a call: an import that a message quotes is none.
  return [...code.matchAll(/(?:^(?:import|export|\}) ?[^'\n]*\bfrom |^import |\bimport\()'([^'.][^']*)'/gm)]
    .map(([, specifier]) => specifier)
    .filter((specifier) => !specifier.startsWith('node:') && !builtinModules.includes(specifier))
    .map((specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)[0]);
}
for (const each of packages) {
  // The build takes a private package in, so it is declared for development.
  const { optionalDependencies = {}, devDependencies = {} } = each.manifest;
  const takenIn = Object.keys(devDependencies).filter((name) => isPrivate.has(name));
  const declared = new Set([
    each.manifest.name,
    ...needed(each),
    ...Object.keys(optionalDependencies),
    ...takenIn,
  ]);
  for (const file of sourcesOf(each)) {
    for (const used of importsOf(file)) {
      if (!declared.has(used))
        faults.add(`${file} imports ${used}, which ${each.folder}/package.json does not declare`);
    }
  }
}
if (faults.size > 0) {
  console.error([...faults].join('\n'));
  process.exit(1);
}
